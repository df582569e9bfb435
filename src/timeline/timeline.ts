/**
 * Watches a machine and draws what it did as a timeline: the sections of each CPU, locks held, interrupts off, readers,
 * grace periods, the way of each object from kvfree_rcu() to its freeing, pages on the lists. It wraps the sections of
 * the machine's own table, so a machine that nobody draws pays nothing.
 *
 * In virtual time the clocks of the CPUs are the axis. Where time is not modelled a section takes one microsecond, and
 * the axis is the order in which sections ran.
 */
import { EVENT, EVENT_NAMES } from "../sim/events.ts";
import { sectionFacts } from "../sim/operation.ts";
import { pcpOf } from "../mm/mm.ts";
import { lockNames, taskNames, zoneNames } from "../run/names.ts";
import type { Machine } from "../run/machine.ts";
import { GROUP, laneNames, type TraceEvent } from "./trace_events.ts";

/** Which sections are drawn. */
export interface TimelineRange {
  /** First section. */
  readonly from: number;
  /** How many. */
  readonly sections: number;
}

/** Events drawn as a mark on the CPU's lane, with what their arguments are called. */
const MARKS: Readonly<Record<number, readonly string[]>> = {
  [EVENT.refill]: ["zone", "pages", "before"],
  [EVENT.drain]: ["zone", "pages", "before"],
  [EVENT.locklessHit]: ["pfn", "zone", "migratetype"],
  [EVENT.locklessMiss]: ["zones"],
  [EVENT.blockGot]: ["pfn", "source", "channel"],
  [EVENT.blockFailed]: ["channel"],
  [EVENT.badPage]: ["pfn"],
  [EVENT.oom]: ["task"],
};

/** Microseconds with three decimals: two spans that meet have the very same number there. */
const inUs = (ns: number) => Math.round(ns) / 1000;

/** Draws a machine; make it before the first section and read its events after the last. */
export class Timeline {
  /** What was drawn so far; open spans are closed by {@link finish}. */
  readonly events: TraceEvent[] = [];
  readonly #machine: Machine;
  readonly #range: TimelineRange;
  readonly #locks: string[];
  readonly #zones: string[];
  readonly #open = new Map<
    string,
    { readonly tid: number; readonly pid: number; readonly sinceUs: number }
  >();
  #startUs = 0;
  /** Latest time that was drawn. */
  #latestUs = 0;

  /** Wraps the machine's sections and listens to its events. */
  constructor(machine: Machine, range: TimelineRange) {
    this.#machine = machine;
    this.#range = range;
    const { m, table } = machine;
    const tasks = taskNames(m);
    this.#locks = lockNames(m);
    this.#zones = zoneNames(m);
    const cpus = Array.from({ length: m.nrCpus }, (_, c): [number, string] => [c, `CPU ${c}`]);
    this.events.push(
      ...laneNames(GROUP.cpus, "sections", cpus),
      ...laneNames(GROUP.locks, "locks held", cpus),
      ...laneNames(GROUP.irqsOff, "interrupts off", cpus),
      ...laneNames(GROUP.rcu, "RCU", [[0, "grace periods"], [1, "expedited"], [2, "readers"]]),
      ...laneNames(GROUP.counters, "pages", []),
    );
    table.forEach((section, pc) => {
      const { name } = sectionFacts(pc);
      table[pc] = (m, t) => {
        this.#startUs = this.#nowUs(t);
        const next = section(m, t);
        if (this.#drawn()) {
          const endUs = this.#endUs(t);
          this.#latestUs = Math.max(this.#latestUs, endUs);
          this.#span(GROUP.cpus, m.task.cpu[t]!, name, this.#startUs, endUs, tasks[t]!);
        }
        return next;
      };
    });
    m.events.subscribe({
      kinds: EVENT_NAMES.map((_, kind) => kind),
      onEvent: (kind, t, a, b, c) => this.#drawn() && this.#onEvent(kind, t, a, b, c),
    });
  }

  /** Closes what is still open, at the end of the drawing. */
  finish(): readonly TraceEvent[] {
    for (const [name, { pid, tid, sinceUs }] of this.#open) {
      this.#span(pid, tid, `${name.slice(name.indexOf(" ") + 1)} (not over)`, sinceUs, this.#latestUs);
    }
    this.#open.clear();
    return this.events;
  }

  #drawn(): boolean {
    const step = this.#machine.m.clock.steps[0]!;
    return step >= this.#range.from && step < this.#range.from + this.#range.sections;
  }

  /** Time of the axis at which task `t` is. */
  #nowUs(t: number): number {
    const { m } = this.#machine;
    return m.virtualTime ? inUs(m.cpu.clockNs[m.task.cpu[t]!]!) : m.clock.steps[0]!;
  }

  #endUs(t: number): number {
    return this.#machine.m.virtualTime ? this.#nowUs(t) : this.#startUs + 1;
  }

  /** A span; one that takes no time cannot be seen, and viewers stumble over it. */
  #span(pid: number, tid: number, name: string, fromUs: number, toUs: number, task?: string): void {
    if (toUs <= fromUs) return;
    const about = task === undefined ? {} : { cat: "section", args: { task } };
    this.events.push({ name, ph: "B", pid, tid, ts: fromUs, ...about }, {
      name,
      ph: "E",
      pid,
      tid,
      ts: toUs,
      ...about,
    });
  }

  /** Opens a span of a group, or closes it; one that began before the drawing is left out. */
  #toggle(pid: number, tid: number, name: string, on: boolean, nowUs: number): void {
    const key = `${pid}/${tid} ${name}`;
    if (on) {
      this.#open.set(key, { pid, tid, sinceUs: nowUs });
      return;
    }
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    // where time is not modelled, what begins and ends in one section lasts as long as that
    const toUs = this.#machine.m.virtualTime ? nowUs : Math.max(nowUs, open.sinceUs + 1);
    this.#span(pid, tid, name, open.sinceUs, toUs);
  }

  #onEvent(kind: number, t: number, a: number, b: number, c: number): void {
    const { m } = this.#machine;
    const cpu = m.task.cpu[t]!;
    const nowUs = this.#nowUs(t);
    switch (kind) {
      case EVENT.lockTaken:
        return this.#toggle(GROUP.locks, cpu, this.#locks[a]!, true, nowUs);
      case EVENT.lockReleased:
        return this.#toggle(GROUP.locks, cpu, this.#locks[a]!, false, nowUs);
      case EVENT.irqOff:
        return this.#toggle(GROUP.irqsOff, cpu, "irqs off", a === 1, nowUs);
      case EVENT.gpStart:
      case EVENT.gpEnd:
        return this.#toggle(GROUP.rcu, 0, "grace period", kind === EVENT.gpStart, nowUs);
      case EVENT.rcu_exp_grace_period:
        return this.#toggle(GROUP.rcu, 1, "expedited grace period", b === 1, nowUs);
      case EVENT.reader:
        return this.#async(`reader, task ${t}`, a === 1 ? "b" : "e", t, nowUs);
      case EVENT.kvfreeQueued:
        return this.#flow("s", cpu, a, nowUs);
      case EVENT.objectFreed:
        return this.#flow("f", cpu, a, nowUs);
    }
    const names = MARKS[kind];
    if (names !== undefined) {
      const args = Object.fromEntries(names.map((name, i) => [name, [a, b, c][i]!]));
      this.events.push({
        name: EVENT_NAMES[kind]!,
        ph: "i",
        pid: GROUP.cpus,
        tid: cpu,
        ts: nowUs,
        s: "t",
        args,
      });
    }
    this.#count(kind, cpu, nowUs);
  }

  #async(name: string, ph: "b" | "e", id: number, ts: number): void {
    this.events.push({ name, ph, cat: "reader", id, pid: GROUP.rcu, tid: 2, ts });
  }

  /** An object's way from kvfree_rcu() to its freeing. */
  #flow(ph: "s" | "f", tid: number, object: number, ts: number): void {
    const end = ph === "f" ? { bp: "e" as const } : {};
    this.events.push({
      name: "kvfree_rcu",
      ph,
      cat: "kvfree_rcu",
      id: object,
      pid: GROUP.cpus,
      tid,
      ts,
      ...end,
    });
  }

  /** Pages on the CPU's lists and free pages, whenever they may have changed. */
  #count(kind: number, cpu: number, ts: number): void {
    if (!COUNTED.has(kind)) return;
    const { m } = this.#machine;
    this.#zones.forEach((zone, z) => {
      const counter = (name: string, pages: number) =>
        this.events.push({ name, ph: "C", pid: GROUP.counters, tid: 0, ts, args: { pages } });
      counter(`pcp ${zone} CPU ${cpu}`, m.pcp.count[pcpOf(m, z, cpu)]!);
      counter(`free ${zone}`, m.zone.nr_free_pages[z]!);
    });
  }
}

/** Events at which the counters are read. */
const COUNTED: ReadonlySet<number> = new Set([
  EVENT.mm_page_alloc,
  EVENT.mm_page_free,
  EVENT.refill,
  EVENT.drain,
  EVENT.locklessHit,
]);
