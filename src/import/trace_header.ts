/**
 * Reads what stands in front of the event name: thread, CPU, flag columns if there are any, time. One reader does for
 * ftrace text, `perf script` and `trace-cmd report`, since they differ only in what is between comm and CPU.
 *
 * A comm may hold blanks, dashes, digits and brackets. All three programs pad it to 16 columns, so the mark `[cpu]`
 * is looked for from column 17 on first; only when none there is followed by a time is the rest of the line tried
 * (perf does not pad before call chains).
 *
 * @kernel kernel/trace/trace_output.c trace_print_context, trace_print_lat_fmt
 * @module
 */
import { COLON, HEX_DIGIT, LINE_FEED, type LineCursor, MINUS, NINE, SPACE, ZERO } from "./line_cursor.ts";
import { CPU_MAX } from "./proc_text.ts";
import { TraceContext } from "./trace_event.ts";
import { Slot } from "./trace_slot.ts";

/** Columns of a padded comm and what separates it from the thread. */
export const COMM_COLUMNS = 17;
/** The byte `[`. */
export const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_PARENTHESIS = 0x28;
const CLOSE_PARENTHESIS = 0x29;
const DOT = 0x2e;
const SLASH = 0x2f;
/** Columns of a thread group in parentheses. */
const TGID_COLUMNS = 12;
const FLAG_COLUMNS_MIN = 4;
const FLAG_COLUMNS_MAX = 8;
/** From so many on there is a column for lazy rescheduling in front of that of interrupts, as RT patches have it. */
const FLAG_COLUMNS_LAZY = 7;
const CPU_DIGITS_MIN = 3;
const CPU_DIGITS_MAX = 4;
const SECONDS_MAX = 10 ** 12;
/** Digits of 2^64. */
const COUNTER_DIGITS_MAX = 20;

/** Nanoseconds of the last digit of a fraction, by its number of digits. */
const FRACTION_NS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1];

/** What the first and the third flag column say, by their letter. */
const IRQ_BITS = bitsOfLetters({
  d: TraceContext.irqsOff,
  D: TraceContext.irqsOff | TraceContext.bhOff,
  b: TraceContext.bhOff,
});
const INTERRUPT_BITS = bitsOfLetters({
  h: TraceContext.hardirq,
  s: TraceContext.softirq,
  H: TraceContext.hardirq | TraceContext.softirq,
  z: TraceContext.nmi,
  Z: TraceContext.nmi | TraceContext.hardirq,
});

function bitsOfLetters(bits: Readonly<Record<string, number>>): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => bits[String.fromCharCode(byte)] ?? 0);
}

/**
 * Reads from the start of a line; afterwards the cursor stands on the event name.
 *
 * @param values Of the event: cpu, pid, timeNs, context and preemptDepth are written.
 * @returns false when the line is no event line; the cursor is then somewhere in it.
 */
export function readHeader(cursor: LineCursor, values: Float64Array): boolean {
  const { bytes, pos: start } = cursor;
  const padded = start + COMM_COLUMNS;
  let pos = start;
  while (pos < padded && bytes[pos] !== LINE_FEED) pos++;
  for (; bytes[pos] !== LINE_FEED; pos++) {
    if (bytes[pos] === OPEN_BRACKET && readMark(cursor, start, pos, values)) return true;
  }
  const last = Math.min(pos, padded);
  for (pos = start; pos < last; pos++) {
    if (bytes[pos] === OPEN_BRACKET && readMark(cursor, start, pos, values)) return true;
  }
  return false;
}

/** Reads `[cpu]` at `mark`, what is behind it up to the event name, and the thread in front of it. */
function readMark(cursor: LineCursor, start: number, mark: number, values: Float64Array): boolean {
  return readThread(cursor, start, mark, values) && readTime(cursor, values);
}

/** Reads `[cpu]` at `mark`, the flag columns behind it and the thread in front of it; then the time stands there. */
export function readThread(cursor: LineCursor, start: number, mark: number, values: Float64Array): boolean {
  const { bytes } = cursor;
  let pos = mark + 1;
  let cpu = 0;
  for (let digit = bytes[pos]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++pos]! - ZERO) {
    cpu = (cpu * 10 + digit) | 0;
  }
  const digits = pos - mark - 1;
  if (digits < CPU_DIGITS_MIN || digits > CPU_DIGITS_MAX || cpu > CPU_MAX) return false;
  if (bytes[pos] !== CLOSE_BRACKET || bytes[pos + 1] !== SPACE) return false;
  while (bytes[++pos] === SPACE);
  cursor.pos = pos;
  values[Slot.cpu] = cpu;
  return readContext(cursor, values) && readPid(bytes, start, mark, values);
}

/** Reads the flag columns if they are there: they never begin with a digit, and a time always does. */
function readContext(cursor: LineCursor, values: Float64Array): boolean {
  const { bytes, pos: first } = cursor;
  const irqs = bytes[first]!;
  if (irqs >= ZERO && irqs <= NINE) {
    values[Slot.context] = 0;
    values[Slot.preemptDepth] = 0;
    return true;
  }
  let pos = first;
  while (bytes[pos]! > SPACE) pos++;
  if (pos - first < FLAG_COLUMNS_MIN || pos - first > FLAG_COLUMNS_MAX) return false;
  const interrupt = pos - first >= FLAG_COLUMNS_LAZY ? first + 3 : first + 2;
  const resched = bytes[first + 1] === DOT ? 0 : TraceContext.needResched;
  const bits = IRQ_BITS[irqs]! | INTERRUPT_BITS[bytes[interrupt]!]! | resched | TraceContext.known;
  values[Slot.context] = bits;
  values[Slot.preemptDepth] = Math.max(0, HEX_DIGIT[bytes[interrupt + 1]!]!);
  while (bytes[pos] === SPACE) pos++;
  cursor.pos = pos;
  return true;
}

/** Reads `seconds.fraction: ` into ns, or `counter: ` as it is, and the blanks behind it. */
export function readTime(cursor: LineCursor, values: Float64Array): boolean {
  const { bytes, pos: start } = cursor;
  let seconds = cursor.takeNumber();
  let pos = cursor.pos;
  if (Number.isNaN(seconds)) seconds = longCounter(bytes, start, pos);
  if (!(seconds >= 0)) return false;
  if (bytes[pos] === DOT) {
    const point = pos;
    let fraction = 0;
    for (let digit = bytes[++pos]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++pos]! - ZERO) {
      fraction = (fraction * 10 + digit) | 0;
    }
    const places = pos - point - 1;
    if (places === 0 || places >= FRACTION_NS.length || seconds >= SECONDS_MAX) return false;
    values[Slot.timeNs] = seconds * 1e9 + fraction * FRACTION_NS[places]!;
  } else values[Slot.timeNs] = seconds;
  if (bytes[pos] !== COLON || bytes[pos + 1] !== SPACE) return false;
  while (bytes[++pos] === SPACE);
  cursor.pos = pos;
  return true;
}

/** A counter from 2^53 up, as x86-tsc gets to in a month, to the next number that is exact; NaN when it is none. */
function longCounter(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > COUNTER_DIGITS_MAX) return NaN;
  let value = end > start ? 0 : NaN;
  for (let pos = start; pos < end; pos++) value = value * 10 + bytes[pos]! - ZERO;
  return value;
}

/**
 * Reads the thread backwards from the mark of the CPU: `comm-pid [`, `comm-pid (tgid) [`, `comm pid [`, `comm pid/tid
 * [`; of a pair the thread is the second. False when no number stands there.
 */
function readPid(bytes: Uint8Array, start: number, mark: number, values: Float64Array): boolean {
  let last = mark - 1;
  while (last > start && bytes[last] === SPACE) last--;
  if (bytes[last] === CLOSE_PARENTHESIS) {
    const first = Math.max(start, last - TGID_COLUMNS);
    while (last > first && bytes[last] !== OPEN_PARENTHESIS) last--;
    while (--last > start && bytes[last] === SPACE);
  }
  let pos = last;
  let pid = 0;
  let unit = 1;
  for (; pos > start; pos--) {
    const digit = bytes[pos]! - ZERO;
    if (digit < 0 || digit > 9) break;
    pid = (pid + digit * unit) | 0;
    unit = (unit * 10) | 0;
  }
  if (pos === last || last - pos > 9) return false;
  const before = bytes[pos]!;
  if (before !== MINUS && before !== SPACE && before !== SLASH) return false;
  // perf prints an unknown thread as -1; the others have the dash that joins comm and thread in its own column
  const isUnknown = before === MINUS && pid === 1 && pos !== start + COMM_COLUMNS - 1 &&
    bytes[pos - 1] === SPACE;
  values[Slot.pid] = isUnknown ? -1 : pid;
  return true;
}
