/**
 * The lines of a trace that are no events: headers, call chains, reports of lost events, and what is none of these.
 * They are rare but for call chains, which therefore are told by their bytes; the others are looked at as text.
 *
 * @module
 */
import { LINE_FEED, SPACE } from "./line_cursor.ts";
import { CPU_MAX } from "./proc_text.ts";
import type { TraceTally } from "./trace_summary.ts";

const TAB = 0x09;
const DELETE = 0x7f;
const RETURN = 0x0d;
const LINE_BYTES_SHOWN = 400;

/** A report of lost events; `events` is 0 when the tracer does not tell how many. */
export interface LostReport {
  readonly cpu: number;
  readonly events: number;
}

function isEnd(byte: number): boolean {
  return byte === LINE_FEED || byte === RETURN;
}

/** Text of the line from `from` on, bytes as characters, cut when long. */
export function lineText(bytes: Uint8Array, from: number): string {
  let text = "";
  for (let pos = from; !isEnd(bytes[pos]!) && text.length < LINE_BYTES_SHOWN; pos++) {
    text += String.fromCharCode(bytes[pos]!);
  }
  return text;
}

/** Offset from `from` of the first byte of a line that no text has, or -1. */
export function binaryOffset(bytes: Uint8Array, from: number): number {
  for (let pos = from; !isEnd(bytes[pos]!); pos++) {
    const byte = bytes[pos]!;
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) return pos - from;
  }
  return -1;
}

/**
 * Whether a line is a frame of a call chain: blanks, then a hexadecimal address or `=>`. Chains end with an empty line.
 */
export function isStackLine(bytes: Uint8Array, from: number): boolean {
  let pos = from;
  while (bytes[pos] === SPACE || bytes[pos] === TAB) pos++;
  if (isEnd(bytes[pos]!)) return true;
  if (pos === from) return false;
  const start = pos;
  for (let byte = bytes[pos]!; byte !== SPACE && !isEnd(byte); byte = bytes[++pos]!) {
    const isHex = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
    if (!isHex && byte !== 0x3d /* = */ && byte !== 0x3e /* > */) return false;
  }
  return pos > start;
}

/** Takes what a header line tells; false when it is no header line. */
export function readHeaderLine(text: string, tally: TraceTally): boolean {
  const cpus = /^cpus=(\d{1,4})\s*$/.exec(text) ?? /^# nrcpus online : (\d{1,4})\s*$/.exec(text);
  if (cpus) {
    tally.onlineCpus = Number(cpus[1]);
    tally.format ??= text.startsWith("cpus=") ? "trace-cmd" : "perf";
  }
  const buffer = /^#\s*entries-in-buffer\/entries-written:\s*(\d{1,15})\/(\d{1,15})\s+#P:(\d{1,4})/.exec(
    text,
  );
  if (buffer) {
    tally.overwritten = Math.max(0, Number(buffer[2]) - Number(buffer[1]));
    tally.onlineCpus = Number(buffer[3]);
  }
  if (text.startsWith("# tracer:")) tally.format ??= "ftrace";
  if (/^# \S+ latency trace v/.test(text)) tally.isLatencyFormat = true;
  return cpus !== null || text.startsWith("#");
}

/**
 * Reads a report of lost events: `CPU:1 [LOST 7 EVENTS]` (ftrace), `CPU:1 [7 EVENTS DROPPED]` or `CPU:1 [EVENTS
 * DROPPED]` (trace-cmd), and from the event name on `PERF_RECORD_LOST lost 7` (perf).
 *
 * @param cpu Of the line, for perf; the others print it.
 */
export function readLostReport(text: string, cpu: number): LostReport | undefined {
  const perf = /^PERF_RECORD_LOST\w*\s+lost\s+(\d{1,15})/.exec(text);
  if (perf) return { cpu, events: Number(perf[1]) };
  const report = /^CPU:(\d{1,5}) \[(?:LOST(?: (\d{1,15}))? EVENTS|(?:(\d{1,15}) )?EVENTS DROPPED)\]/.exec(
    text,
  );
  if (!report || Number(report[1]) > CPU_MAX) return undefined;
  return { cpu: Number(report[1]), events: Number(report[2] ?? report[3] ?? 0) };
}

/**
 * Whether a line is an event in latency format, `comm-pid  2d..1.   7us+: name: fields`: its time is that since the
 * first line, cut to microseconds (trace-cmd report -l keeps the time).
 *
 * @kernel kernel/trace/trace_output.c trace_print_lat_context
 */
export function isLatencyLine(text: string): boolean {
  return /^.{1,16}-\d{1,10} +\d{1,4}[.a-zA-Z#][^ 0-9\[][^ \[]{2,6} +\d/.test(text);
}
