/**
 * Decides whether everybody's pcp lists were drained at a moment at which they may have been, by what comes after it.
 * Pages that were on a list leave it in a known order: the first one to leave either is the one that lay in front, so
 * that the list was not drained, or is not, so that it was. Pages freed after the moment lie in front of those and are
 * followed too. No line that tells a refill or a drain is looked at.
 *
 * @module
 */
import { TraceKind } from "../import/trace_kind.ts";
import { type BlockTypes, CERTAINTY, listNumber } from "./block_types.ts";
import { NOTHING, UNKNOWN } from "./page_lists.ts";
import type { Places } from "./places.ts";
import type { ReplayMachine } from "./replay_machine.ts";
import { Silences } from "./silences.ts";
import { ZoneMap } from "./zone_map.ts";

/** An event to come. */
export interface EventAhead {
  /** Its number; later events have greater ones. */
  readonly number: number;
  readonly timeNs: number;
  readonly line: number;
  readonly kind: number;
  /** CPU number of the kernel. */
  readonly cpu: number;
  readonly pfn: number;
  readonly order: number;
  readonly migratetype: number;
  /** Number of the event before which a drain may have come that came after this event, or -1. */
  readonly mayDrainBefore: number;
}

/** Calls back with the events to come until that returns false. */
export type Ahead = (visit: (event: EventAhead) => boolean) => void;

/** A pause of a task. */
export interface PauseAhead {
  /** Number and time of its last event before. */
  readonly after: number;
  readonly afterNs: number;
  /** Number of its first event behind. */
  readonly before: number;
}

/** For each CPU, the number of the event after which its lists are drained, or -1. */
export type DrainTimes = Float64Array;

/** A page that was freed after the moment. */
interface FreedAhead {
  readonly pfn: number;
  readonly number: number;
}

/** Pages that come as they lay although the list was drained: the last one drained is the first one of a refill. */
const CHANCE_PAGES = 1;

/** Looks ahead from one moment at a time. */
export class Foresight {
  readonly #m: ReplayMachine;
  readonly #places: Places;
  readonly #blocks: BlockTypes;
  readonly #zones: ZoneMap;
  /** By list: pages freed since the moment, the last one in front, and the next node of those from before. */
  readonly #freed: readonly FreedAhead[][];
  readonly #node: Int32Array;
  /** By list: page that another one behind it overtook. */
  readonly #owed: Int32Array;
  /** By pcp: pages on it. */
  readonly #count: Int32Array;
  /** By pcp: 1 when a drain of the usual kind has taken pages from its end, so that nothing is certain any more. */
  readonly #isClosed: Uint8Array;
  /** By CPU: last event that the lists from before the moment explain, and the first one that they do not. */
  readonly #kept: Float64Array;
  readonly #gone: Float64Array;
  /** CPUs without an event of the second sort. */
  #undecided = 0;
  /** By CPU: pages that they explain. */
  readonly #keptPages: Float64Array;
  /** Line of the first event behind the pause that was looked at last. */
  beforeLine = 0;
  readonly #silences: Silences;

  /** Works on the lists of a machine. */
  constructor(machine: ReplayMachine, places: Places, blocks: BlockTypes) {
    const pcps = machine.nrZones * machine.nrCpus;
    this.#m = machine;
    this.#places = places;
    this.#blocks = blocks;
    this.#zones = new ZoneMap(machine.geometry);
    this.#freed = Array.from({ length: pcps * machine.pcpLists }, () => []);
    this.#node = new Int32Array(pcps * machine.pcpLists);
    this.#owed = new Int32Array(pcps * machine.pcpLists);
    this.#count = new Int32Array(pcps);
    this.#isClosed = new Uint8Array(pcps);
    this.#kept = new Float64Array(machine.nrCpus);
    this.#gone = new Float64Array(machine.nrCpus);
    this.#keptPages = new Float64Array(machine.nrCpus);
    this.#silences = new Silences(machine.nrCpus, places);
  }

  /**
   * Looks ahead.
   *
   * @param pause Pause of a task in which it may have waited for a drain.
   * @param ahead Calls back with the events to come until that returns false.
   * @returns Times of the drain, or null when there was none.
   */
  look(pause: PauseAhead, ahead: Ahead): DrainTimes | null {
    this.#begin();
    let isBehind = false;
    this.beforeLine = Infinity;
    ahead((event) => {
      if (event.kind === TraceKind.mm_page_alloc || event.kind === TraceKind.GT_LL_hit) this.#leaves(event);
      else if (isFree(event.kind)) this.#freedAt(event, event.order);
      if (isBehind && event.mayDrainBefore >= 0) return false;
      if (!isBehind && event.number >= pause.before) {
        isBehind = true;
        this.beforeLine = event.line;
      }
      return !isBehind || this.#undecided > 0;
    });
    if (!this.#gone.some((at, each) => at >= 0 && this.#kept[each]! <= pause.before)) return null;
    return this.#silences.find(pause, ahead, (cpu, number) => {
      const [kept, gone] = [this.#kept[cpu]!, this.#gone[cpu]!];
      const isKept = this.#keptPages[cpu]! > CHANCE_PAGES && kept <= pause.before;
      return (!isKept || number >= kept) && (gone < 0 || number < gone);
    });
  }

  #begin(): void {
    const { lists, pcp } = this.#m;
    this.#freed.forEach((pages, list) => {
      pages.length = 0;
      this.#node[list] = lists.firstNode(list);
    });
    this.#count.set(pcp.count);
    this.#isClosed.fill(0);
    this.#owed.fill(NOTHING);
    this.#kept.fill(-1);
    this.#keptPages.fill(0);
    this.#gone.fill(-1);
    this.#undecided = this.#gone.length;
  }

  #freedAt({ cpu: named, pfn, number }: EventAhead, order: number): void {
    const m = this.#m;
    const cpu = this.#places.cpuNumbered(named);
    if (order > m.pcpOrderMax || cpu < 0) return;
    const pcp = this.#zones.zoneOf(pfn) * m.nrCpus + cpu;
    this.#freed[listNumber(m.pcpLists, pcp, this.#blocks.listType(pfn), order)]!.push({ pfn, number });
    const count = this.#count[pcp]! += 1 << order;
    // from 6.1 on blocks of several pages may take the whole pcp with them, from 6.7 on a limit may be down by then
    if (order > 0 || count >= m.pcp.high_min[pcp]!) this.#isClosed[pcp] = 1;
  }

  #leaves({ cpu: named, pfn, order, migratetype, number }: EventAhead): void {
    const m = this.#m;
    const cpu = this.#places.cpuNumbered(named);
    if (order > m.pcpOrderMax || cpu < 0) return;
    const pcp = this.#zones.zoneOf(pfn) * m.nrCpus + cpu;
    const list = listNumber(m.pcpLists, pcp, migratetype, order);
    this.#count[pcp]! -= 1 << order;
    const freed = this.#freed[list]!.pop();
    if (freed !== undefined) {
      if (freed.pfn !== pfn && this.#isSure(freed.pfn) && this.#gone[cpu]! < 0) {
        this.#kept[cpu] = freed.number;
      }
      return;
    }
    if (this.#owed[list] === pfn) {
      this.#owed[list] = NOTHING;
      return;
    }
    const node = this.#node[list]!;
    const entry = m.lists.entryAt(node);
    if (entry === NOTHING) return;
    const behind = this.#node[list] = m.lists.nodeBehind(node);
    if (entry === UNKNOWN || this.#isClosed[pcp] !== 0) return;
    // once drained, a page may come back by chance
    if (this.#gone[cpu]! >= 0) return;
    if (entry === pfn) {
      this.#kept[cpu] = number;
      this.#keptPages[cpu]!++;
    } else if (m.lists.entryAt(behind) === pfn) {
      // two pages swapped by an interrupt prove nothing
      this.#owed[list] = entry;
      this.#node[list] = m.lists.nodeBehind(behind);
    } else if (this.#isSure(entry)) {
      this.#gone[cpu] = number;
      this.#undecided--;
    }
  }

  #isSure(pfn: number): boolean {
    return this.#blocks.certainty(pfn) === CERTAINTY.proof;
  }
}

const isFree = (kind: number) => kind === TraceKind.mm_page_free || kind === TraceKind.mm_page_free_batched;
