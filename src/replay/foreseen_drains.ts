/**
 * Drains of everybody's lists that the events to come give away, each carried out when its time has come.
 *
 * @module
 */
import type { BlockTypes } from "./block_types.ts";
import type { EventDelay } from "./event_delay.ts";
import { Foresight } from "./foresight.ts";
import type { Places } from "./places.ts";
import type { PutRight } from "./put_right.ts";
import type { ReplayMachine } from "./replay_machine.ts";

/** Looks ahead where a drain may have come, and drains. */
export class ForeseenDrains {
  readonly #foresight: Foresight;
  readonly #putRight: PutRight;
  /** By CPU: number of the event after which its lists are drained, or -1. */
  readonly #times: Float64Array;

  /** Works on the lists of a machine. */
  constructor(machine: ReplayMachine, places: Places, blocks: BlockTypes, putRight: PutRight) {
    this.#foresight = new Foresight(machine, places, blocks);
    this.#putRight = putRight;
    this.#times = new Float64Array(machine.nrCpus).fill(-1);
  }

  /** An event was taken; `delay` holds those behind it. */
  eventTaken(delay: EventDelay): void {
    this.#drainDue(delay.current);
    // a task that waits for a drain which is under way asks for none
    if (delay.mayDrainBefore < 0 || this.#times.some((time) => time >= 0)) return;
    const pause = { after: delay.current, afterNs: delay.currentNs, before: delay.mayDrainBefore };
    const times = this.#foresight.look(pause, delay.ahead);
    if (times === null) return;
    this.#putRight.foreseen(this.#foresight.beforeLine);
    this.#times.set(times);
    this.#drainDue(delay.current);
  }

  #drainDue(number: number): void {
    for (let cpu = 0; cpu < this.#times.length; cpu++) {
      const time = this.#times[cpu]!;
      if (time < 0 || time > number) continue;
      this.#times[cpu] = -1;
      this.#putRight.drainedOn(cpu);
    }
  }
}
