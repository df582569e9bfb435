/**
 * When each CPU drained its lists while a task waited for it. A CPU that drains says nothing else meanwhile, so its
 * drain lies in one of its silences: in the first long one, since all are told at once when the task begins to wait.
 *
 * @module
 */
import { TraceKind } from "../import/trace_kind.ts";
import type { Ahead, EventAhead, PauseAhead } from "./foresight.ts";
import type { Places } from "./places.ts";

/** What is a long silence: this share of the CPU's longest one. */
const LONG_SHARE = 0.25;

/** Finds silences; all numbers are of events. */
export class Silences {
  readonly #places: Places;
  readonly #nrCpus: number;
  /** By CPU: its last event, and when that was. */
  readonly #last: Float64Array;
  readonly #lastNs: Float64Array;
  /** By CPU: how long its longest silence was. */
  readonly #longestNs: Float64Array;
  /** By CPU: event before its drain, or -1. */
  readonly #times: Float64Array;

  /** For a machine with so many CPUs. */
  constructor(nrCpus: number, places: Places) {
    this.#nrCpus = nrCpus;
    this.#places = places;
    this.#last = new Float64Array(nrCpus);
    this.#lastNs = new Float64Array(nrCpus);
    this.#longestNs = new Float64Array(nrCpus);
    this.#times = new Float64Array(nrCpus);
  }

  /**
   * Looks at a pause.
   *
   * @param isPossible Whether the pages allow a drain of a CPU right after an event.
   * @returns For each CPU, the event after which it drained its lists, or -1; the same array each time.
   */
  find(pause: PauseAhead, ahead: Ahead, isPossible: (cpu: number, number: number) => boolean): Float64Array {
    const [longest, times] = [this.#longestNs, this.#times];
    longest.fill(-1);
    times.fill(-1);
    this.#visit(pause, ahead, (cpu, number, fromNs, toNs) => {
      if (toNs - fromNs > longest[cpu]! && isPossible(cpu, number)) longest[cpu] = toNs - fromNs;
    });
    this.#visit(pause, ahead, (cpu, number, fromNs, toNs) => {
      const isLong = toNs - fromNs >= longest[cpu]! * LONG_SHARE;
      if (times[cpu]! < 0 && isLong && isPossible(cpu, number)) times[cpu] = number;
    });
    return times;
  }

  #visit(
    { after, afterNs, before }: PauseAhead,
    ahead: Ahead,
    silence: (cpu: number, number: number, fromNs: number, toNs: number) => void,
  ): void {
    const [last, lastNs] = [this.#last, this.#lastNs];
    last.fill(after);
    lastNs.fill(afterNs);
    const ends = (cpu: number, timeNs: number) => silence(cpu, last[cpu]!, lastNs[cpu]!, timeNs);
    ahead((event) => {
      if (event.number >= before) {
        for (let cpu = 0; cpu < this.#nrCpus; cpu++) ends(cpu, event.timeNs);
        return false;
      }
      const cpu = this.#places.cpuNumbered(event.cpu);
      if (!isTraffic(event) || cpu < 0) return true;
      ends(cpu, event.timeNs);
      last[cpu] = event.number;
      lastNs[cpu] = event.timeNs;
      return true;
    });
  }
}

/** Whether an event says that its CPU was not draining; lines about refills and drains themselves are not asked. */
function isTraffic({ kind }: EventAhead): boolean {
  return kind <= TraceKind.mm_page_free_batched || kind === TraceKind.GT_LL_hit;
}
