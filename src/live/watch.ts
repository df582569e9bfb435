/**
 * Listens to a run for the page: levels of the lists as they change, storms as they begin and end. It never changes
 * the world.
 */
import { pcpOf } from "../mm/mm.ts";
import { EVENT, type Listener } from "../sim/events.ts";
import type { Workloads } from "../workload/program.ts";
import { STRIP, Strip } from "./strip.ts";

/** Failed requests in a row that make a storm: fewer are called misses. */
export const STORM_MISSES = 8;
/** Storms remembered. */
const STORMS_MAX = 24;

/** Requests that failed in a row on one CPU. */
export interface Storm {
  /** CPU. */
  readonly cpu: number;
  /** Number of the storm in this run, from 1. */
  readonly number: number;
  /** When the first failed, in ns of virtual time. */
  readonly startNs: number;
  /** When one succeeded again, in ns. */
  readonly endNs: number;
  /** How many failed. */
  readonly misses: number;
}

/** Watches one machine. */
export class Watch implements Listener {
  /** Events it listens to. */
  readonly kinds: readonly number[] = [
    EVENT.blockGot,
    EVENT.blockFailed,
    EVENT.refill,
    EVENT.drain,
    EVENT.mm_page_alloc,
    EVENT.mm_page_free,
    EVENT.objectFreed,
  ];
  /** Levels and counts of late. */
  readonly strip: Strip;
  /** Failed requests in a row that go on, by CPU. */
  readonly streak: Int32Array;
  /** Storms that are over, the latest last. */
  readonly storms: Storm[] = [];
  /** Storms that are over. */
  stormCount = 0;
  /** Failed requests of the longest storm. */
  longest = 0;
  readonly #m: Workloads;
  readonly #zone: number;
  readonly #startNs: Float64Array;

  /** Watches the lists of one zone of a machine; the caller subscribes the watch to the machine's events. */
  constructor(m: Workloads, zone: number) {
    this.#m = m;
    this.#zone = zone;
    this.strip = new Strip(m.nrCpus);
    this.streak = new Int32Array(m.nrCpus);
    this.#startNs = new Float64Array(m.nrCpus);
    for (let cpu = 0; cpu < m.nrCpus; cpu++) this.strip.restart(cpu, this.#count(cpu));
  }

  /** Notes an event. */
  readonly onEvent: Listener["onEvent"] = (kind, t, _a, b) => {
    const cpu = this.#m.task.cpu[t]!;
    if (kind === EVENT.blockGot) {
      if (b === 1) this.#hit(cpu);
    } else if (kind === EVENT.blockFailed) this.#miss(cpu);
    else if (kind === EVENT.refill) this.strip.add(cpu, STRIP.refills);
    else if (kind === EVENT.drain) this.strip.add(cpu, STRIP.drains);
    this.strip.level(cpu, this.#count(cpu));
  };

  /** Ends a column of the strip with the lists as they are now: the last change may have no event yet. */
  closeColumn(): void {
    for (let cpu = 0; cpu < this.#m.nrCpus; cpu++) this.strip.level(cpu, this.#count(cpu));
    this.strip.close();
  }

  #count(cpu: number): number {
    return this.#m.pcp.count[pcpOf(this.#m, this.#zone, cpu)]!;
  }

  #miss(cpu: number): void {
    this.strip.add(cpu, STRIP.misses);
    if (this.streak[cpu]!++ === 0) this.#startNs[cpu] = this.#m.cpu.clockNs[cpu]!;
  }

  #hit(cpu: number): void {
    this.strip.add(cpu, STRIP.hits);
    const misses = this.streak[cpu]!;
    if (misses === 0) return;
    this.streak[cpu] = 0;
    if (misses > this.longest) this.longest = misses;
    if (misses < STORM_MISSES) return;
    const endNs = this.#m.cpu.clockNs[cpu]!;
    this.storms.push({ cpu, number: ++this.stormCount, startNs: this.#startNs[cpu]!, endNs, misses });
    if (this.storms.length > STORMS_MAX) this.storms.shift();
  }
}
