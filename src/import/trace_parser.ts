/**
 * From bytes to events: cuts chunks into lines, tells event lines from others, and gives the events to a sink.
 *
 * Bytes are read where they lie. Only a line that a chunk cuts is copied. There is no text, no object and no promise
 * per event; memory is one line and the window of 64 events, whatever the length of the trace.
 *
 * @module
 */
import { EventName } from "./event_name.ts";
import { ImportError, quote } from "./import_error.ts";
import { LINE_FEED, LineCursor } from "./line_cursor.ts";
import { PayloadMemory } from "./payload_memory.ts";
import type { TraceEvent } from "./trace_event.ts";
import { readHeader } from "./trace_header.ts";
import { HeaderMemory } from "./trace_header_memory.ts";
import { readPayload } from "./trace_payload.ts";
import {
  binaryOffset,
  isLatencyLine,
  isStackLine,
  lineText,
  readHeaderLine,
  readLostReport,
} from "./trace_side_line.ts";
import { Slot } from "./trace_slot.ts";
import { type TraceSummary, TraceTally } from "./trace_summary.ts";
import { TraceWindow } from "./trace_window.ts";

/** Takes the events of a trace. */
export interface TraceSink {
  /** Called for each event, in order. The event is reused: take what is needed before returning. */
  event(event: TraceEvent): void;
  /** Called where the trace says that events of a CPU are missing; `events` is 0 when it does not say how many. */
  lost?(cpu: number, events: number, line: number): void;
}

/** How to read a trace. */
export interface TraceOptions {
  /**
   * Name of the file, for messages.
   *
   * @default {"trace"}
   */
  readonly file?: string;
  /**
   * Whether a trace without a single kmem event is accepted.
   *
   * @default {false}
   */
  readonly isKmemOptional?: boolean;
}

const HASH_SIGN = 0x23;
/** Who writes it otherwise. */
const LATENCY_ADVICE =
  "which trace-cmd report writes with -l and ftrace with its option latency-format; leave it out";
/** Longer than any line of a trace: the kernel has a page for one. */
const LINE_BYTES_MAX = 1 << 16;
/** What is read by what is remembered of earlier lines has so many bytes behind it, for whole words at a time. */
const QUICK_BYTES = 1024;

/** Reads one trace: any number of push(), then finish(). */
export class TraceParser {
  readonly #sink: TraceSink;
  readonly #file: string;
  readonly #isKmemOptional: boolean;
  readonly #cursor = new LineCursor();
  readonly #headers = new HeaderMemory();
  readonly #name = new EventName();
  readonly #payloads = new PayloadMemory();
  readonly #tally = new TraceTally();
  readonly #window: TraceWindow;
  /** The beginning of a line whose rest is in the next chunk. */
  #carry = new Uint8Array(4096);
  #carried = 0;
  /** The cursor's bytes, and the last place that has QUICK_BYTES behind it. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #quickEnd = 0;
  /** Bytes of the trace before the first byte of the cursor. */
  #base = 0;
  #pushed = 0;

  /** Begins a trace whose events go to `sink`. */
  constructor(sink: TraceSink, options: TraceOptions = {}) {
    this.#sink = sink;
    this.#file = options.file ?? "trace";
    this.#isKmemOptional = options.isKmemOptional ?? false;
    this.#window = new TraceWindow((event) => sink.event(event));
  }

  /** Lines read so far. */
  get lines(): number {
    return this.#tally.lines;
  }

  /**
   * Reads a chunk of text; lines may be cut anywhere.
   *
   * @throws {ImportError} When it is no text. The events before have been delivered then.
   */
  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#carried > 0) {
      const end = chunk.indexOf(LINE_FEED) + 1;
      const before = this.#carried;
      this.#keep(chunk, 0, end > 0 ? end : chunk.length);
      if (end > 0) {
        this.#base = this.#pushed - before;
        this.#readLines(this.#carry, 0, this.#carried);
        this.#carried = 0;
        from = end;
      } else from = chunk.length;
    }
    const last = chunk.lastIndexOf(LINE_FEED) + 1;
    this.#base = this.#pushed;
    if (last > from) this.#readLines(chunk, from, last);
    this.#pushed += chunk.length;
    this.#keep(chunk, Math.max(from, last), chunk.length);
  }

  /**
   * Reads what is left and tells what was read.
   *
   * @param isGzip For the summary.
   * @throws {ImportError} When there was no line, or no kmem event although it is asked for.
   */
  finish(isGzip = false): TraceSummary {
    if (this.#carried > 0) {
      this.#tally.isLastLineCut = true;
      this.#base = this.#pushed - this.#carried;
      this.#keep(new Uint8Array([LINE_FEED]), 0, 1);
      this.#readLines(this.#carry, 0, this.#carried);
      this.#carried = 0;
    }
    this.#window.flush();
    if (this.lines === 0) this.fail("the file", "a trace", "an empty file");
    const summary = this.#tally.summary(this.#window, isGzip);
    if (this.#tally.kmemEvents === 0 && !this.#isKmemOptional) {
      const { firstLine } = summary.unrecognised;
      const odd = firstLine > 0 ? `; line ${firstLine} is the first that is no trace line` : "";
      const hint = this.#tally.isLatencyFormat ? `${odd}: latency format, ${LATENCY_ADVICE}` : odd;
      this.fail("the file", "a trace with kmem events", `none in ${this.lines} lines${hint}`);
    }
    return summary;
  }

  /** Delivers the events that wait, then throws an ImportError about the line read last. */
  fail(field: string, expected: string, got: string): never {
    this.#window.flush();
    const line = Math.max(1, this.lines);
    throw new ImportError({ subject: "trace", file: this.#file, line, field, expected, got });
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const size = this.#carried + to - from;
    if (size > LINE_BYTES_MAX) {
      this.#tally.lines++;
      this.fail("the line", `at most ${LINE_BYTES_MAX} bytes long`, "one without an end; binary data?");
    }
    if (size > this.#carry.length) {
      const larger = new Uint8Array(2 * size);
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(from, to), this.#carried);
    this.#carried = size;
  }

  /** Reads whole lines; bytes[to - 1] is a line feed. */
  #readLines(bytes: Uint8Array, from: number, to: number): void {
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.pos = from;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#quickEnd = bytes.byteLength - QUICK_BYTES;
    while (cursor.pos < to) {
      const start = cursor.pos;
      this.#tally.lines++;
      const isEvent = bytes[start] !== HASH_SIGN && this.#readEvent();
      if (!isEvent) this.#readSideLine(start);
      let pos = cursor.pos;
      while (bytes[pos] !== LINE_FEED) pos++;
      cursor.pos = pos + 1;
    }
  }

  /** Reads an event line; false when the line is none. */
  #readEvent(): boolean {
    const cursor = this.#cursor;
    const name = this.#name;
    const { values } = this.#window.free;
    const end = this.#quickEnd;
    const view = cursor.pos <= end ? this.#view : null;
    const isEvent = view === null ? readHeader(cursor, values) : this.#headers.read(cursor, view, values);
    if (!isEvent) return false;
    if (!name.read(cursor, cursor.pos <= end ? view : null)) return this.#readNameless(name.from);
    const { kind } = name;
    if (kind < 0) this.#tally.unknown(cursor.bytes, name.from, name.to);
    else if (
      (view !== null && this.#payloads.read(cursor, view, end, kind, values)) ||
      readPayload(cursor, kind, values)
    ) this.#deliver(kind, values, name.hasSubsystem);
    else this.#tally.malformed();
    return true;
  }

  #deliver(kind: number, values: Float64Array, hasSubsystem: boolean): void {
    const tally = this.#tally;
    values[Slot.kind] = kind;
    values[Slot.line] = tally.lines;
    if (tally.format === undefined) {
      const hasFlags = values[Slot.context] !== 0;
      tally.format = hasSubsystem ? "perf" : hasFlags ? "ftrace" : "trace-cmd";
    }
    tally.delivered(kind, values[Slot.timeNs]!);
    this.#window.put();
  }

  /** A line with thread, CPU and time but no event name: the head of a stack trace, or lost events of perf. */
  #readNameless(from: number): boolean {
    const text = lineText(this.#cursor.bytes, from);
    const lost = readLostReport(text, this.#window.free.cpu);
    if (lost) this.#lost(lost.cpu, lost.events);
    else if (text.startsWith("<stack trace>")) this.#tally.stackLines++;
    else this.#tally.unrecognised();
    return true;
  }

  #readSideLine(start: number): void {
    const { bytes } = this.#cursor;
    if (isStackLine(bytes, start)) {
      this.#tally.stackLines++;
      return;
    }
    const text = lineText(bytes, start);
    const binary = binaryOffset(bytes, start);
    if (binary >= 0) {
      const offset = this.#base + start + binary;
      this.fail("the line", "text", `binary data at byte ${offset}: ${quote(text)}`);
    }
    if (readHeaderLine(text, this.#tally)) return;
    const lost = readLostReport(text, -1);
    if (lost) return this.#lost(lost.cpu, lost.events);
    if (isLatencyLine(text)) this.#tally.isLatencyFormat = true;
    this.#tally.unrecognised();
  }

  #lost(cpu: number, events: number): void {
    this.#tally.lost(cpu, events);
    this.#window.flush();
    this.#sink.lost?.(cpu, events, this.lines);
  }
}
