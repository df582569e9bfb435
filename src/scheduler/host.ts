/**
 * The host of a virtual machine, when it has fewer cores for it than the machine has CPUs, or runs other things on
 * them: a CPU that has something to do waits for a core then. The machine's clock goes on meanwhile, and its kernel
 * does not know: ticks and timers are late, a lock stays held, and the time counts as that of the task that ran.
 *
 * Many recordings of `deno task fidelity` met a host on which all CPUs took turns on one core: in storms at 378/63 two
 * have a core at a time for a tenth of what chance would make of it. Six of ten turns take 3.5 to 3.9 ms: that is a
 * host with a tick of 4 ms.
 *
 * Who spins for a lock alone keeps its core to the end of its turn; of two that spin one makes room. An emulator's CPU
 * takes a lock that all share at every pause of a loop that waits (QEMU: helper_pause leaves the loop in which a CPU
 * runs, mttcg_cpu_thread_fn takes the big lock then), so that one of two sleeps; a hypervisor that sees CPUs spin, or
 * whose guests tell it, does the like. Without it some storms with lists of 8 pages on four CPUs would not end.
 *
 * Several cores have one queue. Of CPUs whose turns end at the very same time the first has another core at once: five
 * on four cores may have unequal shares for as long as that goes on, as on a host with a queue for each core.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { freeKeptLocks, keepLocks } from "../cpu/lock.ts";
import { addRunTime, TASK } from "../sim/task.ts";
import type { Prng } from "../sim/prng.ts";

/** What a host does with the cores of its machine. */
export interface HostOptions {
  /** Cores that the machine's CPUs share, 0 for one each. */
  readonly hostCores: number;
  /** Share of a core's busy time that others get, 0 to below 1. */
  readonly stolen: number;
}

/** Length of a turn on a core: a tick of the host. */
const SLICE_NS = 4e6;
/** Time until two CPUs that spin have met, and one of them sleeps: some pauses, and a futex. */
const MEETING_NS = 10_000;
/** Whether a CPU sleeps, has a core, or waits for one. */
const SLEEPS = 0, RUNS = 1, WAITS = 2;

/** Hands out cores to the CPUs of one machine. */
export class Host {
  readonly #m: Cpus;
  readonly #prng: Prng;
  readonly #cores: number;
  /** Turns of others for each turn of the machine's. */
  readonly #others: number;
  readonly #state: Uint8Array;
  /** When the turn of a CPU that has a core ends. */
  readonly #endNs: Float64Array;
  /** What is left of the turn of a CPU that has no core. */
  readonly #leftNs: Float64Array;
  /** CPUs that wait, the next one first. */
  readonly #queue: number[] = [];

  /** Draws from `prng` how far turns have gone at the start, and when it is others' turn. */
  constructor(m: Cpus, { hostCores, stolen }: HostOptions, prng: Prng) {
    this.#m = m;
    this.#prng = prng;
    this.#cores = hostCores === 0 ? m.nrCpus : hostCores;
    this.#others = stolen / (1 - stolen);
    this.#state = new Uint8Array(m.nrCpus);
    this.#endNs = new Float64Array(m.nrCpus);
    this.#leftNs = Float64Array.from({ length: m.nrCpus }, () => this.#upTo(SLICE_NS));
  }

  #upTo(most: number): number {
    return this.#prng.u32() / 2 ** 32 * most;
  }

  /** Whether a CPU that has something to do waits for a core: its clock stands still. */
  waits(c: number): boolean {
    return this.#state[c] === WAITS;
  }

  /** When something happens next on a CPU that sleeps or spins and is interrupted at `dueNs`. */
  nextNs(c: number, dueNs: number): number {
    if (this.#state[c] !== RUNS) return dueNs;
    if (this.#isIdle(c)) return this.#m.cpu.clockNs[c]!;
    return Math.min(dueNs, this.#endNs[c]!, this.#yieldNs(c));
  }

  /** Whether the CPU, with something to do or not, goes on at `ns`: if not, cores have changed hands. */
  lets(c: number, ns: number, busy: boolean): boolean {
    if (this.#state[c] === SLEEPS) {
      this.#wake(c, ns);
      return true;
    }
    if (!busy && this.#isIdle(c)) {
      this.#giveBack(c, ns);
      return false;
    }
    if (ns >= this.#endNs[c]!) this.#endTurn(c, ns);
    else if (!busy && ns >= this.#yieldNs(c)) this.#yield(c, ns);
    else return true;
    return false;
  }

  /** When a CPU that spins makes room for one that waits for a core: soon, if another one spins too; else never. */
  #yieldNs(c: number): number {
    if (this.#queue.length === 0) return Infinity;
    const { clockNs } = this.#m.cpu;
    for (let other = 0; other < this.#state.length; other++) {
      if (other === c || this.#state[other] !== RUNS || !this.#spins(other)) continue;
      return Math.max(clockNs[c]!, clockNs[other]!) + MEETING_NS;
    }
    return Infinity;
  }

  #spins(c: number): boolean {
    const { active, curr } = this.#m.cpu;
    const t = active[c * 4 + 3]! || active[c * 4 + 2]! || active[c * 4 + 1]! || curr[c]!;
    return t !== 0 && this.#m.task.state[t - 1] === TASK.spinning;
  }

  #yield(c: number, ns: number): void {
    this.#state[c] = WAITS;
    this.#leftNs[c] = this.#endNs[c]! - ns;
    this.#queue.push(c);
    this.#resume(this.#queue.shift()!, ns);
  }

  #isIdle(c: number): boolean {
    const { active, curr } = this.#m.cpu;
    return (curr[c]! | active[c * 4 + 1]! | active[c * 4 + 2]! | active[c * 4 + 3]!) === 0;
  }

  /** Who has slept comes first, as with the host's scheduler: one that has run longest makes room. */
  #wake(c: number, ns: number): void {
    const state = this.#state;
    let running = 0;
    let longest = -1;
    for (let other = 0; other < state.length; other++) {
      if (state[other] !== RUNS) continue;
      running++;
      if (longest < 0 || this.#endNs[other]! < this.#endNs[longest]!) longest = other;
    }
    if (running === this.#cores) {
      keepLocks(this.#m, longest, ns);
      state[longest] = WAITS;
      this.#leftNs[longest] = this.#endNs[longest]! - ns;
      this.#queue.unshift(longest);
    }
    this.#take(c, ns);
  }

  #giveBack(c: number, ns: number): void {
    this.#state[c] = SLEEPS;
    this.#leftNs[c] = this.#endNs[c]! - ns;
    const next = this.#queue.shift();
    if (next !== undefined) this.#resume(next, ns);
  }

  /** The next one's turn, after that of others if it is theirs; the same CPU's if none waits. */
  #endTurn(c: number, ns: number): void {
    keepLocks(this.#m, c, this.#endNs[c]!);
    this.#state[c] = WAITS;
    this.#leftNs[c] = SLICE_NS;
    this.#queue.push(c);
    const turns = Math.floor(this.#others + this.#upTo(1));
    this.#resume(this.#queue.shift()!, ns + turns * SLICE_NS);
  }

  /** The time that a CPU has waited counts as that of the task that it runs. */
  #resume(c: number, ns: number): void {
    const { cpu } = this.#m;
    const waitedNs = ns - cpu.clockNs[c]!;
    if (waitedNs > 0) {
      cpu.clockNs[c] = ns;
      const curr = cpu.curr[c]! - 1;
      if (curr >= 0) addRunTime(this.#m, curr, waitedNs);
    }
    freeKeptLocks(this.#m, c, ns);
    this.#take(c, ns);
  }

  #take(c: number, ns: number): void {
    this.#state[c] = RUNS;
    this.#endNs[c] = ns + this.#leftNs[c]!;
  }
}
