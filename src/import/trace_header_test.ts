import { assertEquals } from "@std/assert";
import { LineCursor } from "./line_cursor.ts";
import { TraceContext } from "./trace_event.ts";
import { readHeader } from "./trace_header.ts";
import { Slot } from "./trace_slot.ts";

/** What is read of a line, and the text that follows; undefined when the line is no event line. */
function header(line: string) {
  const cursor = new LineCursor();
  cursor.bytes = new TextEncoder().encode(line + "\n          x-1       [001] ....     1.000000: next\n");
  const values = new Float64Array(64);
  if (!readHeader(cursor, values)) return undefined;
  const rest = new TextDecoder().decode(cursor.bytes.subarray(cursor.pos)).split("\n")[0];
  const [cpu, pid, timeNs] = [values[Slot.cpu], values[Slot.pid], values[Slot.timeNs]];
  return { cpu, pid, timeNs, rest, context: values[Slot.context]!, preemptDepth: values[Slot.preemptDepth] };
}

function fields(line: string): unknown[] {
  const read = header(line);
  return [read?.cpu, read?.pid, read?.timeNs, read?.rest];
}

Deno.test("readHeader() reads ftrace text of 5.x, with and without tgid and flags", () => {
  const expected = [2, 311, 1234567890000, "a: b"];
  assertEquals(fields("     kworker/2:0-311     [002] d.s1  1234.567890: a: b"), expected);
  assertEquals(fields("     kworker/2:0-311     (    309) [002] ....  1234.567890: a: b"), expected);
  assertEquals(fields("     kworker/2:0-311     (-------) [002] ....  1234.567890: a: b"), expected);
  assertEquals(fields("     kworker/2:0-311     [002]  1234.567890: a: b"), expected);
  assertEquals(fields("           <...>-4194304 [8191] ....     0.000001: a: b"), [
    8191,
    4194304,
    1000,
    "a: b",
  ]);
});

Deno.test("readHeader() reads a counter that no number holds exactly", () => {
  assertEquals(fields("  sh-1       [002] .... 9876543210123457: a: b"), [2, 1, 9876543210123456, "a: b"]);
  assertEquals(header("  sh-1       [002] .... 987654321012345678901: a: b"), undefined);
});

Deno.test("readHeader() reads perf script and trace-cmd report", () => {
  const expected = [2, 311, 1234567890000, "kmem:a: b"];
  assertEquals(fields("     kworker/2:0   311 [002]  1234.567890:           kmem:a: b"), expected);
  assertEquals(fields("     kworker/2:0   309/311   [002]  1234.567890: kmem:a: b"), expected);
  assertEquals(fields("kworker/2:0 311 [002]  1234.567890: kmem:a: b"), expected);
  assertEquals(fields("             :-1    -1 [002]  1234.567890: kmem:a: b"), [2, -1, ...expected.slice(2)]);
  assertEquals(fields("     kworker/2:0-311   [002]  1234.567890123: a: b"), [2, 311, 1234567890123, "a: b"]);
  assertEquals(fields("trace.dat:      kworker/2:0-311   [002]  1234.567890: a: b"), [
    2,
    311,
    1234567890000,
    "a: b",
  ]);
});

Deno.test("readHeader() is not taken in by a comm with blanks, dashes, digits and brackets", () => {
  for (
    const comm of [
      "a b-1 [000] c",
      "x [001] 1.2: y",
      "1-2 [001] 1: y",
      "1 2 [001] 1: y",
      "[002]",
      "-",
      "1-2 3",
      "sh-4 [000] .... ",
    ]
  ) {
    const padded = comm.padStart(16);
    assertEquals(
      fields(`${padded}-77      [003] ....    10.000002: a: b`),
      [3, 77, 10000002000, "a: b"],
      comm,
    );
    assertEquals(
      fields(`${padded}    77 [003]    10.000002: kmem:a: b`),
      [3, 77, 10000002000, "kmem:a: b"],
      comm,
    );
    assertEquals(fields(`${padded}-77    [003]    10.000002: a: b`), [3, 77, 10000002000, "a: b"], comm);
  }
});

Deno.test("readHeader() reads the flag columns of 5.x and 6.x", () => {
  const of = (flags: string) => header(`             cat-50      [000] ${flags}     4.123367: a: b`);
  const { known, irqsOff, hardirq, softirq, nmi, needResched, bhOff } = TraceContext;
  const contexts: readonly (readonly [string, number, number])[] = [
    ["....", known, 0],
    ["d...", known | irqsOff, 0],
    ["dNs1", known | irqsOff | needResched | softirq, 1],
    ["d.hf", known | irqsOff | hardirq, 15],
    ["XnH.", known | needResched | hardirq | softirq, 0],
    ["..z.", known | nmi, 0],
    ["..Z2", known | nmi | hardirq, 2],
    ["b.s3.", known | bhOff | softirq, 3],
    ["D..21", known | irqsOff | bhOff, 2],
    // RT patches of 5.x, with lazy rescheduling in the third column
    ["dn.h2..", known | irqsOff | needResched | hardirq, 2],
    ["..Ls1.1", known | softirq, 1],
  ];
  for (const [flags, context, preemptDepth] of contexts) {
    assertEquals([of(flags)?.context, of(flags)?.preemptDepth], [context, preemptDepth], flags);
  }
  const without = header("             cat-50      [000]     4.123367: a: b");
  assertEquals([without?.context, without?.preemptDepth], [0, 0]);
});

Deno.test("readHeader() keeps the number of a clock that does not count seconds", () => {
  assertEquals(fields("             cat-50      [000] ....      123456789: a: b"), [
    0,
    50,
    123456789,
    "a: b",
  ]);
});

Deno.test("readHeader() keeps each microsecond apart up to 104 days", () => {
  assertEquals(header("             cat-50      [000] .... 9007198.999999: a: b")?.timeNs, 9007198999999000);
});

Deno.test("readHeader() refuses lines that are no event lines, and never reads the next line", () => {
  const lines = [
    "",
    "#           TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION",
    "        ffffffff812f6a11 __alloc_pages+0x1f1 ([kernel.kallsyms])",
    "CPU:1 [LOST 7 EVENTS]",
    "             cat-50      [000]",
    "             cat-50      [000] ",
    "             cat-50      [000] .... ",
    "             cat-50      [000] ....     4.",
    "             cat-50      [000] ....     4.123367",
    "             cat-50      [000] ....     4.123367:",
    "             cat-50      [000] ....     4.1234567890: a: b",
    "             cat-50      [00] ....     4.123367: a: b",
    "             cat-50      [9999] ....     4.123367: a: b",
    "             cat-        [000] ....     4.123367: a: b",
    "             cat         [000] ....     4.123367: a: b",
    "             cat-50      [000] ...     4.123367: a: b",
  ];
  for (const line of lines) assertEquals(header(line), undefined, line);
});
