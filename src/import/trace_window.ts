/**
 * Puts the events of one CPU into the order of their time. A trace is nearly always in order; where it is not (an
 * interrupted writer, a merge of several buffers), the event is off by a few places. So events wait in a window of
 * 64: one that is earlier than its predecessor on the same CPU moves forward to its place in the window. One that is
 * earlier than what has already left the window cannot be placed any more: it stays where the file has it, and is
 * counted.
 *
 * Events of different CPUs are never compared but for the move itself, because some trace clocks differ between CPUs.
 *
 * @module
 */
import { TraceEvent } from "./trace_event.ts";
import { Slot } from "./trace_slot.ts";

const WINDOW_EVENTS = 64;

/** The window; `free` is the event to fill next, `put()` takes it in and hands the oldest one out. */
export class TraceWindow {
  /** The event to be filled; its contents are of no account until put() is called. */
  free = new TraceEvent();
  /** Events that were earlier than their predecessor on the same CPU. */
  outOfOrder = 0;
  /** Those among them that could not be put into place. */
  late = 0;

  readonly #emit: (event: TraceEvent) => void;
  /** Ring: the oldest event is at #head. */
  readonly #events: TraceEvent[] = Array.from({ length: WINDOW_EVENTS }, () => new TraceEvent());
  #head = 0;
  #size = 0;
  /** By CPU: time of the last event put in, and of the last one handed out. */
  #lastNs = new Float64Array(64).fill(-Infinity);
  #emittedNs = new Float64Array(64).fill(-Infinity);

  constructor(emit: (event: TraceEvent) => void) {
    this.#emit = emit;
  }

  /** Takes in the event that was filled. */
  put(): void {
    const event = this.free;
    const cpu = event.values[Slot.cpu]!;
    const timeNs = event.values[Slot.timeNs]!;
    if (cpu >= this.#lastNs.length) this.#grow(cpu);
    if (this.#size === WINDOW_EVENTS) this.#emitOldest();
    else this.free = this.#events[(this.#head + this.#size) % WINDOW_EVENTS]!;
    const at = this.#head + this.#size++;
    if (timeNs >= this.#lastNs[cpu]!) {
      this.#events[at % WINDOW_EVENTS] = event;
      this.#lastNs[cpu] = timeNs;
    } else {
      this.#putBack(event, at, cpu, timeNs);
    }
  }

  /** Hands out all events that wait. */
  flush(): void {
    while (this.#size > 0) {
      const spare = this.free;
      this.#emitOldest();
      this.free = spare;
    }
  }

  /** Afterwards `free` is the event that was handed out; its place in the ring is empty. */
  #emitOldest(): void {
    const event = this.#events[this.#head]!;
    this.#head = (this.#head + 1) % WINDOW_EVENTS;
    this.#size--;
    this.#emittedNs[event.values[Slot.cpu]!] = event.values[Slot.timeNs]!;
    this.#emit(event);
    this.free = event;
  }

  /** Puts an event that is out of order into its place, given the free place at the end of the window. */
  #putBack(event: TraceEvent, end: number, cpu: number, timeNs: number): void {
    this.outOfOrder++;
    let to = end;
    if (timeNs < this.#emittedNs[cpu]!) {
      this.late++;
      this.#lastNs[cpu] = timeNs;
    } else {
      for (let at = this.#head; at < end && to === end; at++) {
        const { values } = this.#events[at % WINDOW_EVENTS]!;
        if (values[Slot.cpu] === cpu && values[Slot.timeNs]! > timeNs) to = at;
      }
      while (to > this.#head && this.#events[(to - 1) % WINDOW_EVENTS]!.values[Slot.timeNs]! > timeNs) to--;
    }
    for (let at = end; at > to; at--) {
      this.#events[at % WINDOW_EVENTS] = this.#events[(at - 1) % WINDOW_EVENTS]!;
    }
    this.#events[to % WINDOW_EVENTS] = event;
  }

  #grow(cpu: number): void {
    const enlarged = (times: Float64Array) => {
      const copy = new Float64Array(Math.max(cpu + 1, 2 * times.length)).fill(-Infinity);
      copy.set(times);
      return copy;
    };
    this.#lastNs = enlarged(this.#lastNs);
    this.#emittedNs = enlarged(this.#emittedNs);
  }
}
