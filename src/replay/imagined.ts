/**
 * What the machine would have done with other pcp sizes, another kernel version, or another way to get pages for
 * blocks: the recorded allocations and frees go over lists that are imagined. Which pages they are is of no account,
 * since other ones would have been taken.
 *
 * What cannot be known is left as recorded: who allocates what, when, and from which zone.
 *
 * @module
 */
import type { TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";
import { GfpFlag } from "../import/gfp_names.ts";
import type { PcpSize } from "../mm/pcp_size.ts";
import type { CostTable } from "../profile/cost.ts";
import { BlockDemand, type DemandSource } from "./block_demand.ts";
import { BlockTypes, listNumber } from "./block_types.ts";
import type { Places } from "./places.ts";
import { Predictor } from "./predictor.ts";
import type { ReplayMachine } from "./replay_machine.ts";
import { type Agreement, compare, Score } from "./score.ts";

/** How pages for blocks are got: as recorded, or as by a strategy. */
export const BLOCK_SOURCES = ["recorded", "lockless", "nowait", "none"] as const;
/** One of them. */
export type BlockSource = typeof BLOCK_SOURCES[number];

/** Moves of pages over a zone->lock, and the time under it. */
export interface LockTraffic {
  readonly refills: number;
  readonly refillPages: number;
  readonly drains: number;
  readonly drainPages: number;
}

/**
 * Time under zone->lock in ns that refills and drains cost: taking the lock, and each page.
 *
 * @param cost From src/profile/cost.ts.
 */
export function zoneLockNs(traffic: LockTraffic, cost: CostTable): number {
  const { refills, refillPages, drains, drainPages } = traffic;
  return (refills + drains) * cost.lock + refillPages * cost.refillPage + drainPages * cost.drainPage;
}

/** Page of the refill worker of 5.10: GFP_KERNEL with NORETRY, NOMEMALLOC and NOWARN. */
const WORKER_FLAGS = GfpFlag.NORETRY | GfpFlag.NOMEMALLOC | GfpFlag.NOWARN | GfpFlag.DIRECT_RECLAIM;

/** The imagined machine. */
export class Imagined {
  readonly score: Score;
  /** Pages needed for blocks, and those that were there at once; the others came later, if at all. */
  readonly blocks: Agreement = { compared: 0, equal: 0 };

  /** By pcp: size of its lists at the start. */
  readonly sizes: readonly PcpSize[];

  readonly #m: ReplayMachine;
  readonly #places: Places;
  readonly #predictor: Predictor;
  readonly #demand: BlockDemand;
  readonly #source: BlockSource;
  /** By CPU: 1 while the last need is not met. */
  readonly #isWaiting: Uint8Array;
  /** By page: 1 for a page that the real machine got and the imagined one did not, so that its free means nothing. */
  readonly #isAbsent: Uint8Array;
  /** By pcp: 1 once its lengths have been printed. */
  readonly #isPrinted: Uint8Array;
  /** Pages that only the imagined machine has taken for blocks and not given back. */
  #outstanding = 0;

  /** Works on lists of its own; `blocks` are the pageblock types that were learned. */
  constructor(machine: ReplayMachine, places: Places, blocks: BlockTypes, source: BlockSource) {
    this.#m = machine;
    const { high, batch } = machine.pcp;
    this.sizes = Array.from(high, (each, pcp) => ({ high: each, batch: batch[pcp]! }));
    this.#places = places;
    this.#predictor = new Predictor(machine, blocks, { learns: false });
    this.#demand = new BlockDemand(machine.nrCpus);
    this.#source = source;
    this.#isWaiting = new Uint8Array(machine.nrCpus);
    this.#isAbsent = new Uint8Array(machine.nrPages);
    this.#isPrinted = new Uint8Array(machine.nrZones * machine.nrCpus);
    this.score = new Score(machine.nrZones * machine.nrCpus);
  }

  /** What tells when a block was needed. */
  get demandSource(): DemandSource {
    return this.#demand.source;
  }

  /**
   * Lengths of a pcp's lists at the start, and nothing before counts; where the imagined pcp is smaller, each type gets
   * its share of its size.
   */
  setLengths(pcp: number, lengths: readonly number[]): void {
    const { score } = this;
    for (const sums of [score.allocs, score.refills, score.refillPages, score.drains, score.drainPages]) {
      sums[pcp] = 0;
    }
    this.blocks.compared = this.blocks.equal = 0;
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const high = this.#m.pcp.high[pcp]!;
    lengths.forEach((length, type) => {
      const fitting = total > high ? Math.floor(length * high / total) : length;
      // the recorded machine's pcps may have more lists or fewer
      this.#m.lists.setLength(listNumber(this.#m.pcpLists, pcp, type, 0), fitting);
    });
  }

  /** Takes the next event. */
  take(event: TraceEvent): void {
    const cpu = this.#places.cpuOf(event);
    switch (event.kind) {
      case TraceKind.mm_page_alloc:
        if (!this.#isWorkerPage(event)) this.#alloc(event.pfn, cpu, event.order, event.migratetype);
        else this.#isAbsent[event.pfn] = 1;
        break;
      case TraceKind.mm_page_free:
      case TraceKind.mm_page_free_batched:
        this.#free(event.pfn, cpu, event.order);
        break;
      case TraceKind.rcu_invoke_kfree_bulk_callback:
        this.#giveBack(cpu);
        break;
      case TraceKind.GT_PCP:
        this.#printedLists(event, cpu);
    }
    this.#askAgain(event, cpu);
    const isAttempt = event.kind === TraceKind.GT_LL_hit || event.kind === TraceKind.GT_LL_miss;
    if (this.#source === "recorded" && !isAttempt) return;
    const needs = this.#demand.needsAt(event, cpu);
    if (needs === 0) this.#absent(event);
    for (let i = 0; i < needs; i++) this.#need(event, cpu);
  }

  #printedLists(event: TraceEvent, cpu: number): void {
    const pcp = this.#places.pcpOfLine(event, cpu);
    if (this.#isPrinted[pcp] !== 0) return;
    this.#isPrinted[pcp] = 1;
    this.setLengths(pcp, [event.unmovable, event.movable, event.reclaimable]);
  }

  /** The worker that brings pages for blocks does not run where they come from the lists. */
  #isWorkerPage({ order, gfpFlags }: TraceEvent): boolean {
    return this.#source !== "recorded" && order === 0 && (gfpFlags & WORKER_FLAGS) === WORKER_FLAGS;
  }

  /** A page is needed; one that is not there is asked for again with every object until it is. */
  #need(event: TraceEvent, cpu: number): void {
    if (this.#source === "none" || this.#isWaiting[cpu] !== 0) return this.#absent(event);
    const isThere = this.#source === "nowait" || this.#predictor.lockless(cpu) >= 0;
    compare(this.blocks, isThere);
    if (isThere) this.#takeForBlock(event, cpu);
    else {
      this.#isWaiting[cpu] = 1;
      this.#absent(event);
    }
  }

  /** A CPU whose last need was not met takes the first page that comes to its lists. */
  #askAgain(event: TraceEvent, cpu: number): void {
    if (this.#isWaiting[cpu] === 0 || this.#predictor.lockless(cpu) < 0) return;
    this.#isWaiting[cpu] = 0;
    this.#takeForBlock(event, cpu);
  }

  #takeForBlock(event: TraceEvent, cpu: number): void {
    const isReal = event.kind === TraceKind.GT_LL_hit;
    if (!isReal) {
      this.#outstanding++;
      this.#demand.met(cpu);
    }
    if (this.#source === "nowait") {
      const zone = this.#m.zonelists[cpu]![0]!;
      return this.#alloc(isReal ? event.pfn : this.#m.geometry.zones[zone]!.startPfn, cpu, 0, 0);
    }
    this.#m.lists.takeFirst(this.#predictor.lockless(cpu));
  }

  /** The free of a page that was not got here must not bring it to the lists. */
  #absent(event: TraceEvent): void {
    if (event.kind === TraceKind.GT_LL_hit) this.#isAbsent[event.pfn] = 1;
  }

  /** A block was worked off: its page, if only the imagined machine had it, comes to the lists. */
  #giveBack(cpu: number): void {
    if (this.#outstanding === 0) return;
    this.#outstanding--;
    this.#predictor.freeUnmovable(cpu, this.#m.zonelists[cpu]![0]!);
    this.#countDrain();
  }

  #alloc(pfn: number, cpu: number, order: number, migratetype: number): void {
    this.#isAbsent[pfn] = 0;
    this.#predictor.alloc(cpu, pfn, order, migratetype);
    const { pcp, refilled } = this.#predictor.step;
    if (pcp < 0) return;
    this.score.allocs[pcp]!++;
    if (refilled === 0) return;
    this.score.refills[pcp]!++;
    this.score.refillPages[pcp]! += refilled;
  }

  #free(pfn: number, cpu: number, order: number): void {
    if (this.#isAbsent[pfn] !== 0) {
      this.#isAbsent[pfn] = 0;
      return;
    }
    this.#predictor.free(cpu, pfn, order);
    this.#countDrain();
  }

  #countDrain(): void {
    const { pcp, drained } = this.#predictor.step;
    if (pcp < 0 || drained === 0) return;
    this.score.drains[pcp]!++;
    this.score.drainPages[pcp]! += drained;
  }
}
