/**
 * What is known of a trace when it has been read: what was counted, what was not understood, what was lost. The tally
 * counts while reading; nothing in it grows with the length of the trace.
 *
 * @module
 */
import { NameTable } from "./name_table.ts";
import { KMEM_KINDS, TRACE_KIND_NAMES, type TraceKindName } from "./trace_kind.ts";

/** Program that wrote the text. */
export type TraceFormat = "ftrace" | "perf" | "trace-cmd";

/** Lines of one sort: how many, and where the first is. */
export interface LineCount {
  /** Number of lines. */
  readonly count: number;
  /** The first of them, counted from 1; 0 when there is none. */
  readonly firstLine: number;
}

/** Events that the tracer lost on one CPU. */
export interface LostEvents {
  /** CPU. */
  readonly cpu: number;
  /** How often events were lost in a row. */
  readonly gaps: number;
  /** Events lost, as far as the tracer told the number. */
  readonly events: number;
}

/** Outcome of reading a trace. */
export interface TraceSummary {
  /** Program that wrote the text. */
  readonly format: TraceFormat;
  /** Whether the trace was compressed. */
  readonly isGzip: boolean;
  /** Lines read, of any sort. */
  readonly lines: number;
  /** Events delivered. */
  readonly delivered: number;
  /** Events delivered, by kind. */
  readonly events: Readonly<Record<TraceKindName, number>>;
  /** Events of other kinds, by printed name: the first 64 names. */
  readonly unknownEvents: Readonly<Record<string, number>>;
  /** Events of still other names. */
  readonly unknownEventsOther: number;
  /** Lines of known events with a field missing or out of range; they are not delivered. */
  readonly malformed: LineCount;
  /** Lines that are no event, no comment, no stack and no report of lost events. */
  readonly unrecognised: LineCount;
  /** Lines of call chains and stack traces. */
  readonly stackLines: number;
  /** Events lost by the tracer, by CPU; empty when none. */
  readonly lost: readonly LostEvents[];
  /** Events overwritten before the trace was read, from the header of ftrace; 0 when the header does not tell. */
  readonly overwritten: number;
  /** Events earlier than their predecessor on the same CPU. */
  readonly outOfOrder: number;
  /** Those among them that were too far off to be put into place; they were delivered where the file has them. */
  readonly late: number;
  /** Time of the first event delivered in ns; NaN without events. */
  readonly firstNs: number;
  /** Time of the last event delivered in ns; NaN without events. */
  readonly lastNs: number;
  /** Number of online CPUs by the header; undefined when there is no such header. */
  readonly onlineCpusFromHeader: number | undefined;
  /** Whether the last line had no end, as in a file that was cut; it was read all the same. */
  readonly isLastLineCut: boolean;
}

const UNKNOWN_NAMES_MAX = 64;

/** Counts while a trace is read. */
export class TraceTally {
  lines = 0;
  format: TraceFormat | undefined;
  onlineCpus: number | undefined;
  overwritten = 0;
  stackLines = 0;
  isLastLineCut = false;
  /** Whether something in the trace says that it is in latency format, which is not read. */
  isLatencyFormat = false;
  readonly #events = new Float64Array(TRACE_KIND_NAMES.length);
  readonly #unknownNames = new NameTable([], UNKNOWN_NAMES_MAX);
  readonly #unknownCounts = new Float64Array(UNKNOWN_NAMES_MAX);
  #unknownOther = 0;
  #malformed = { count: 0, firstLine: 0 };
  #unrecognised = { count: 0, firstLine: 0 };
  readonly #lost = new Map<number, { gaps: number; events: number }>();
  #firstNs = NaN;
  #lastNs = NaN;

  /** Counts an event that goes to the sink. */
  delivered(kind: number, timeNs: number): void {
    this.#events[kind]!++;
    if (Number.isNaN(this.#firstNs)) this.#firstNs = timeNs;
    this.#lastNs = timeNs;
  }

  /** Counts an event whose name, in bytes[from, to), is none of the kinds. */
  unknown(bytes: Uint8Array, from: number, to: number): void {
    let name = this.#unknownNames.find(bytes, from, to);
    if (name < 0) name = this.#unknownNames.add(bytes.subarray(from, to));
    if (name < 0) this.#unknownOther++;
    else this.#unknownCounts[name]!++;
  }

  /** Counts the line read now as an event that cannot be read. */
  malformed(): void {
    if (this.#malformed.count++ === 0) this.#malformed.firstLine = this.lines;
  }

  /** Counts the line read now as none that is known. */
  unrecognised(): void {
    if (this.#unrecognised.count++ === 0) this.#unrecognised.firstLine = this.lines;
  }

  /** Counts a report of lost events; 0 events when their number is not told. */
  lost(cpu: number, events: number): void {
    const sum = this.#lost.get(cpu) ?? { gaps: 0, events: 0 };
    this.#lost.set(cpu, { gaps: sum.gaps + 1, events: sum.events + events });
  }

  /** Events of subsystem kmem so far. */
  get kmemEvents(): number {
    return this.#events.subarray(0, KMEM_KINDS).reduce((sum, count) => sum + count, 0);
  }

  /** The summary of all that was counted. */
  summary(order: { readonly outOfOrder: number; readonly late: number }, isGzip: boolean): TraceSummary {
    const unknown = this.#unknownNames.names.map((name, at) => [name, this.#unknownCounts[at]!] as const);
    const events = TRACE_KIND_NAMES.map((name, kind) => [name, this.#events[kind]!] as const);
    return {
      format: this.format ?? "trace-cmd",
      isGzip,
      lines: this.lines,
      delivered: this.#events.reduce((sum, count) => sum + count, 0),
      events: Object.fromEntries(events) as Record<TraceKindName, number>,
      unknownEvents: Object.fromEntries(unknown),
      unknownEventsOther: this.#unknownOther,
      malformed: { ...this.#malformed },
      unrecognised: { ...this.#unrecognised },
      stackLines: this.stackLines,
      lost: [...this.#lost].sort(([a], [b]) => a - b).map(([cpu, sum]) => ({ cpu, ...sum })),
      overwritten: this.overwritten,
      outOfOrder: order.outOfOrder,
      late: order.late,
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      onlineCpusFromHeader: this.onlineCpus,
      isLastLineCut: this.isLastLineCut,
    };
  }
}
