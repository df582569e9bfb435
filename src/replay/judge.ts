/**
 * Feeds the events of a trace to a predictor and holds what it predicts against what the trace says. Lines that tell a
 * refill or a drain go to the comparison alone, never to the predictor.
 *
 * @module
 */
import type { TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";
import { MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import { BlockTypes } from "./block_types.ts";
import { ForeseenDrains } from "./foreseen_drains.ts";
import { Namer } from "./namer.ts";
import { UNKNOWN } from "./page_lists.ts";
import type { Places } from "./places.ts";
import { Predictor } from "./predictor.ts";
import { Recorded, SOURCES } from "./recorded.ts";
import type { ReplayMachine } from "./replay_machine.ts";
import { compare, Score } from "./score.ts";

/** What a judge starts from. */
export interface JudgeSetup {
  /** Machine of the predictor; its lists are filled here. */
  readonly machine: ReplayMachine;
  /** Machine of the namer, null when pages are not to be named from refills. */
  readonly namingMachine: ReplayMachine | null;
  readonly places: Places;
  /** Pages on the list of each pcp and type at the start. */
  readonly lengths: Int32Array;
  readonly blockOrder: number;
  /** Pageblock types from a first reading, or null in a first reading. */
  readonly learned: BlockTypes | null;
  /** Whether nothing counts before the lengths of a pcp have been printed. */
  readonly waitsForLengths: boolean;
}

/** Predicts and compares. */
export class Judge {
  readonly score: Score;
  readonly recorded: Recorded;
  readonly predictor: Predictor;
  readonly namer: Namer | null;
  readonly blocks: BlockTypes;
  /** What was left out before the lengths were known. */
  readonly learning = { refills: 0, drains: 0 };
  /** Lines that print another size of the lists than the machine has, and the first of them. */
  readonly sizesDiffer = { count: 0, line: 0 };
  /** Whether lengths have been printed. */
  hasLengths = false;
  /** By pcp: 1 once its lengths have been printed. */
  readonly #isPrinted: Uint8Array;
  /** By pcp: 1 when what happens to it counts. */
  readonly #counts: Uint8Array;
  readonly #m: ReplayMachine;
  readonly #places: Places;
  /** Drains that later events give away. */
  readonly foreseen: ForeseenDrains;
  /** By pcp: count before its last drain when nothing has happened since, else -1. */
  readonly #beforeDrain: Int32Array;

  /** Fills the lists with unknown pages. */
  constructor({ machine, namingMachine, places, lengths, blockOrder, learned, waitsForLengths }: JudgeSetup) {
    this.#m = machine;
    this.#places = places;
    const pcps = machine.nrZones * machine.nrCpus;
    this.blocks = blocksFor(machine, blockOrder, learned);
    this.predictor = new Predictor(machine, this.blocks, { learns: true });
    this.predictor.putRight.onSilentDrain = (...drain) => this.#countDrain(...drain);
    this.foreseen = new ForeseenDrains(machine, places, this.blocks, this.predictor.putRight);
    this.namer = namingMachine === null
      ? null
      : new Namer(namingMachine, blocksFor(machine, blockOrder, learned));
    this.recorded = new Recorded(pcps, machine.nrCpus, machine.pcpLists);
    this.score = new Score(pcps);
    this.#isPrinted = new Uint8Array(pcps);
    this.#counts = new Uint8Array(pcps).fill(waitsForLengths ? 0 : 1);
    this.#beforeDrain = new Int32Array(pcps).fill(-1);
    lengths.forEach((length, at) => {
      const pcp = Math.floor(at / MIGRATE_PCPTYPES);
      this.#setLength(places.listOf(pcp, at % MIGRATE_PCPTYPES, 0), length);
    });
  }

  /** Takes the next event. */
  take(event: TraceEvent): void {
    const cpu = this.#places.cpuOf(event);
    this.#m.lists.now = event.line;
    if (this.namer !== null) this.namer.now = event.line;
    if (event.kind !== TraceKind.mm_page_alloc_extfrag) this.#endRuns(event, cpu);
    switch (event.kind) {
      case TraceKind.mm_page_alloc:
        return this.#alloc(event, cpu);
      case TraceKind.mm_page_free:
      case TraceKind.mm_page_free_batched:
        return this.#free(event, cpu);
      case TraceKind.mm_page_alloc_zone_locked:
        return this.#zoneLocked(event, cpu);
      case TraceKind.mm_page_pcpu_drain:
        return this.#pcpuDrain(event, cpu);
      case TraceKind.mm_page_alloc_extfrag:
        return this.#extfrag(event);
      case TraceKind.GT_LL_hit:
        return this.#hit(event, cpu);
      case TraceKind.GT_LL_miss:
        return this.#miss(cpu);
      case TraceKind.GT_REFILL:
        return this.#printedRefill(event, cpu);
      case TraceKind.GT_DRAIN:
        return this.#printedDrain(event, cpu);
      case TraceKind.GT_PCP:
        return this.#printedLists(event, cpu);
    }
  }

  #alloc(event: TraceEvent, cpu: number): void {
    const { pfn, order, migratetype } = event;
    this.namer?.alloc(cpu, pfn, order, migratetype);
    this.predictor.alloc(cpu, pfn, order, migratetype);
    const { pcp, list, refilled } = this.predictor.step;
    if (pcp < 0) return;
    this.#beforeDrain[pcp] = -1;
    const { score, recorded } = this;
    if (this.#counts[pcp] === 0) return;
    for (let source = 0; source < SOURCES; source++) {
      score.refillAt(source, refilled > 0, recorded.claim(source, event, list));
    }
    if (order === 0) score.allocs[pcp]!++;
    if (refilled > 0) {
      score.refills[pcp]!++;
      score.refillPages[pcp]! += refilled;
    }
    this.#named(pfn);
  }

  #free(event: TraceEvent, cpu: number): void {
    this.namer?.free(cpu, event.pfn, event.order);
    this.predictor.free(cpu, event.pfn, event.order);
    const { pcp, drained, beforeDrain } = this.predictor.step;
    if (pcp < 0) return;
    this.#beforeDrain[pcp] = drained > 0 ? beforeDrain : -1;
    if (drained > 0) this.#countDrain(pcp, drained);
  }

  #countDrain(pcp: number, pages: number, isNew = true): void {
    if (this.#counts[pcp] === 0) return;
    if (isNew) this.score.drains[pcp]!++;
    this.score.drainPages[pcp]! += pages;
  }

  #hit(event: TraceEvent, cpu: number): void {
    const { pfn, migratetype } = event;
    const predicted = this.predictor.lockless(cpu);
    this.namer?.locklessHit(cpu, pfn, migratetype);
    this.predictor.locklessHit(cpu, pfn, migratetype);
    const { pcp, list } = this.predictor.step;
    this.#beforeDrain[pcp] = -1;
    if (this.#counts[pcp] === 0) return;
    compare(this.score.lockless, predicted >= 0);
    compare(this.score.locklessLists, predicted === list);
    this.#named(pfn);
    compare(this.score.counts, this.#m.pcp.count[pcp] === event.count);
  }

  #miss(cpu: number): void {
    if (this.#countsOn(cpu)) compare(this.score.lockless, this.predictor.lockless(cpu) < 0);
    this.namer?.locklessMiss(cpu);
    this.predictor.locklessMiss(cpu);
  }

  /** A miss is about the lists of all zones: it counts when each of the CPU's does. */
  #countsOn(cpu: number): boolean {
    return this.#m.geometry.zones.every((_, zone) => this.#counts[zone * this.#m.nrCpus + cpu] !== 0);
  }

  #extfrag(event: TraceEvent): void {
    if (event.change_ownership === 0) {
      this.predictor.ownershipKept(event.pfn, event.fallback_migratetype, event.migratetype);
      this.namer?.ownershipKept(event.pfn, event.fallback_migratetype, event.migratetype);
      return;
    }
    const pages = 1 << event.fallback_order;
    this.predictor.ownershipChanged(event.pfn, pages, event.migratetype);
    this.namer?.ownershipChanged(event.pfn, pages, event.migratetype);
  }

  #zoneLocked(event: TraceEvent, cpu: number): void {
    if (event.order > this.#m.pcpOrderMax) return this.recorded.other(cpu);
    const pcp = this.#places.pcpOfPage(event, cpu);
    const list = this.#places.listOf(pcp, event.migratetype, event.order);
    if (this.#counts[pcp] !== 0) this.recorded.zoneLocked(event, cpu, list);
    this.namer?.queued(cpu, list, event.pfn);
  }

  #pcpuDrain(event: TraceEvent, cpu: number): void {
    const pcp = this.#places.pcpOfPage(event, cpu);
    if (this.#counts[pcp] !== 0) this.recorded.pcpuDrain(cpu, pcp, 1 << event.order);
  }

  #printedRefill(event: TraceEvent, cpu: number): void {
    const pcp = this.#places.pcpOfLine(event, cpu);
    if (this.#counts[pcp] === 0) {
      this.learning.refills++;
      return;
    }
    this.recorded.printedRefill(event, this.#places.listOf(pcp, event.migratetype, 0));
    compare(this.score.counts, this.#m.pcp.count[pcp] === event.count);
  }

  #printedDrain(event: TraceEvent, cpu: number): void {
    const pcp = this.#places.pcpOfLine(event, cpu);
    this.#checkSize(event, pcp);
    if (this.#counts[pcp] === 0) {
      this.learning.drains++;
      return;
    }
    this.recorded.printedDrain(event, pcp);
    // the drain was predicted with the free before this line
    const before = this.#beforeDrain[pcp]!;
    compare(this.score.counts, (before >= 0 ? before : this.#m.pcp.count[pcp]!) === event.count);
    this.#beforeDrain[pcp] = -1;
  }

  #checkSize(event: TraceEvent, pcp: number): void {
    if (event.high === this.#m.pcp.high[pcp] && event.batch === this.#m.pcp.batch[pcp]) return;
    if (this.sizesDiffer.count++ === 0) this.sizesDiffer.line = event.line;
  }

  /** The first time it is the start state, and later a comparison. */
  #printedLists(event: TraceEvent, cpu: number): void {
    const pcp = this.#places.pcpOfLine(event, cpu);
    this.#checkSize(event, pcp);
    if (this.#isPrinted[pcp] !== 0) return compare(this.score.counts, this.#m.pcp.count[pcp] === event.count);
    this.hasLengths = true;
    this.#isPrinted[pcp] = 1;
    this.#counts[pcp] = 1;
    [event.unmovable, event.movable, event.reclaimable].forEach((length, type) => {
      this.#setLength(this.#places.listOf(pcp, type, 0), length);
    });
  }

  #setLength(list: number, length: number): void {
    this.#m.lists.setLength(list, length);
    this.namer?.setLength(list, length);
  }

  #named(pfn: number): void {
    if (this.namer !== null) {
      if (this.namer.named >= 0) compare(this.score.identity, this.namer.named === pfn);
    } else if (this.predictor.step.named > UNKNOWN) {
      compare(this.score.identity, this.predictor.step.named === pfn);
    }
  }

  #endRuns(event: TraceEvent, cpu: number): void {
    const { kind } = event;
    if (kind === TraceKind.mm_page_alloc_zone_locked) return;
    this.namer?.endOfRun(cpu);
    if (kind !== TraceKind.mm_page_pcpu_drain) this.recorded.other(cpu);
  }
}

function blocksFor({ nrPages }: ReplayMachine, order: number, learned: BlockTypes | null): BlockTypes {
  const blocks = new BlockTypes(nrPages, order);
  if (learned !== null) blocks.learnFrom(learned);
  return blocks;
}
