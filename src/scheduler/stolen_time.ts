/**
 * A virtual machine whose host runs other things too: now and then the host gives a CPU's core to somebody else. The
 * machine's clock goes on meanwhile, and its kernel does not know: ticks and timers are late, a lock stays held, and
 * the time counts as that of the task that was running.
 *
 * The recordings of `deno task fidelity` have 1,667 gaps of more than 1 ms between two events of one busy thread. Their
 * median is 4.3 ms, and 37 % take 4.0 to 4.5; in the storm at 378/63 on a busy host six of ten spans between two gaps
 * take 3.5 to 3.9 ms. That is a host with a tick of 4 ms on which two take turns; other lengths are left out.
 */
import type { Cpus } from "../cpu/cpu.ts";
import type { Prng } from "../sim/prng.ts";

/** How long a core is away: a tick of the host. */
const SLICE_NS = 4e6;

/** Takes time from the CPUs of one machine. */
export class StolenTime {
  readonly #m: Cpus;
  readonly #prng: Prng;
  /** Mean time that a CPU is busy between two slices, in ns. */
  readonly #runNs: number;
  /** Busy time at which each CPU's core is taken next, in ns. A CPU that sleeps is not in anybody's way. */
  readonly #dueNs: Float64Array;

  /** Takes `share` (0 to 1, both excluded) of the time in which CPUs of `m` have something to do. */
  constructor(m: Cpus, share: number, prng: Prng) {
    this.#m = m;
    this.#prng = prng;
    this.#runNs = SLICE_NS * (1 - share) / share;
    this.#dueNs = Float64Array.from(
      { length: m.nrCpus },
      (_, c) => this.#busyNs(c) + this.#upToNs(this.#runNs),
    );
  }

  #busyNs(c: number): number {
    const { cpu } = this.#m;
    return cpu.clockNs[c]! - cpu.idleNs[c]!;
  }

  #upToNs(ns: number): number {
    return this.#prng.u32() / 2 ** 32 * ns;
  }

  /** Takes a slice from a CPU that has something to do, if one is due; returns whether it did. */
  take(c: number): boolean {
    const busyNs = this.#busyNs(c);
    if (busyNs < this.#dueNs[c]!) return false;
    const { cpu, task } = this.#m;
    cpu.clockNs[c] = cpu.clockNs[c]! + SLICE_NS;
    this.#dueNs[c] = busyNs + SLICE_NS + this.#runNs / 2 + this.#upToNs(this.#runNs);
    const curr = cpu.curr[c]! - 1;
    if (curr >= 0) task.vruntimeNs[curr] = task.vruntimeNs[curr]! + SLICE_NS;
    return true;
  }
}
