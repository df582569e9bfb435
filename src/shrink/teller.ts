/**
 * Watches a machine and keeps what it does as rows: sections of one task in one operation, with what came of them, the
 * locks that are held and where interrupts are off.
 */
import { EVENT } from "../sim/events.ts";
import { sectionFacts } from "../sim/operation.ts";
import { LEVEL } from "../sim/task.ts";
import type { Machine } from "../run/machine.ts";
import { lockNames, taskNames } from "../run/names.ts";

/** What an event says in a story; null for nothing. */
function noteOf(kind: number, a: number, b: number, c: number, locks: readonly string[]): string | null {
  switch (kind) {
    case EVENT.lockTaken:
      return c === 1 ? null : `takes ${locks[a]}`;
    case EVENT.reader:
      return a === 1 ? "reader begins" : "reader ends";
    case EVENT.kvfreeQueued:
      return `object ${a} is queued (${["block", "block of vmalloc areas", "rcu_head list"][b]})`;
    case EVENT.synchronizing:
      return `waits for a grace period to free object ${a}`;
    case EVENT.objectFreed:
      return `object ${a} is freed`;
    case EVENT.gpStart:
      return `grace period ${a} begins`;
    case EVENT.gpEnd:
      return `grace period ${a} ends`;
    case EVENT.locklessHit:
      return `page ${a} comes from the per-CPU lists`;
    case EVENT.locklessMiss:
      return "the per-CPU lists have no page";
    case EVENT.refill:
      return `the list gets ${b} pages from the zone`;
    case EVENT.drain:
      return `the list gives ${b} pages back`;
    case EVENT.badPage:
      return `page ${a} is bad`;
    default:
      return null;
  }
}

/** Events that are told. */
const TOLD = [
  ...[EVENT.lockTaken, EVENT.reader, EVENT.kvfreeQueued, EVENT.synchronizing, EVENT.objectFreed],
  ...[EVENT.gpStart, EVENT.gpEnd, EVENT.locklessHit, EVENT.locklessMiss],
  ...[EVENT.refill, EVENT.drain, EVENT.badPage],
];

/** Sections of one task in a row, in one operation. */
export interface Row {
  /** Step of the first section, from 0. */
  readonly step: number;
  /** CPU and task. */
  readonly cpu: number;
  readonly task: string;
  /** Operation, and the labels of the sections of it that ran. */
  readonly operation: string;
  readonly labels: string[];
  /** What came of the last section. */
  readonly notes: string[];
  /** Whether another task was in turn. */
  readonly deviates: boolean;
  /** By CPU: `!` for interrupts off, `#` for a lock, after the last section. */
  marks: readonly string[];
}

/** Watches a machine and keeps rows. */
export class Teller {
  readonly rows: Row[] = [];
  readonly #machine: Machine;
  readonly #breaks: ReadonlySet<number>;
  readonly #deviations: ReadonlySet<number>;
  readonly #held: Set<number>[];
  #notes: string[] = [];
  #step = 0;

  /** Steps at which a row must begin, and those at which the run deviates from the order in turn. */
  constructor(machine: Machine, breaks: ReadonlySet<number>, deviations: ReadonlySet<number>) {
    this.#machine = machine;
    this.#breaks = breaks;
    this.#deviations = deviations;
    const { m, table } = machine;
    const tasks = taskNames(m);
    const locks = lockNames(m);
    this.#held = Array.from({ length: m.nrCpus }, () => new Set<number>());
    table.forEach((section, pc) => {
      const { name } = sectionFacts(pc);
      table[pc] = (machine, t) => {
        this.#begin(tasks[t]!, m.task.cpu[t]!, name);
        try {
          return section(machine, t);
        } finally {
          this.#end();
        }
      };
    });
    m.events.subscribe({
      kinds: [...TOLD, EVENT.lockReleased],
      onEvent: (kind, t, a, b, c) => {
        const held = this.#held[m.task.cpu[t]!]!;
        if (kind === EVENT.lockTaken) held.add(a);
        if (kind === EVENT.lockReleased) held.delete(a);
        const note = noteOf(kind, a, b, c, locks);
        if (note !== null) this.#notes.push(note);
      },
    });
  }

  #begin(task: string, cpu: number, name: string): void {
    const dot = name.indexOf(".");
    const [operation, label] = [name.slice(0, dot), name.slice(dot + 1)];
    const last = this.rows.at(-1);
    const goesOn = last !== undefined && last.task === task && last.operation === operation &&
      last.notes.length === 0 && !this.#breaks.has(this.#step);
    if (goesOn) last.labels.push(label);
    else {
      const deviates = this.#deviations.has(this.#step);
      this.rows.push({
        step: this.#step,
        cpu,
        task,
        operation,
        labels: [label],
        notes: [],
        deviates,
        marks: [],
      });
    }
  }

  #end(): void {
    const row = this.rows.at(-1)!;
    row.notes.push(...this.#notes);
    this.#notes = [];
    this.#step++;
    const { cpu, nrCpus } = this.#machine.m;
    row.marks = Array.from({ length: nrCpus }, (_, c) => {
      const off = cpu.irqOff[c] !== 0 || cpu.active[c * 4 + LEVEL.hardirq] !== 0;
      return `${off ? "!" : " "}${this.#held[c]!.size > 0 ? "#" : " "}`;
    });
  }
}
