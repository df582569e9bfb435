import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ImportError } from "./import_error.ts";
import { TRACE_KIND_NAMES } from "./trace_kind.ts";
import { TraceParser } from "./trace_parser.ts";

const FTRACE = [
  "# tracer: nop",
  "#",
  "# entries-in-buffer/entries-written: 4/6   #P:2",
  "          <idle>-0       [000] d.s.     4.116378: rcu_grace_period: rcu_sched -992 AccWaitCB",
  "            init-1       [001] ....     4.119118: tracing_mark_write: GT_MARK run-begin",
  "            init-1       [001] ....     4.119829: mm_page_alloc: page=ffffea000017f8c0 pfn=24547 order=0 " +
  "migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO",
  "             cat-50      [000] d...     4.120000: get_page_from_freelist: GT_REFILL nid=0 zone=DMA32 mt=1 " +
  "want=63 got=63 count_before=0 high=378",
  "CPU:1 [LOST 12 EVENTS]",
  "             cat-50      [000] d...     4.120010: __rcu_alloc_page_lockless: GT_LL hit nid=0 zone=DMA32 mt=1 " +
  "pfn=24548 count_after=62 high=378 batch=63",
  "             cat-50      [000] d...     4.120020: __rcu_alloc_page_lockless: GT_LL miss zones_scanned=2",
  "             cat-50      [000] d...     4.120030: sched_switch: prev_comm=cat prev_pid=50",
  "             cat-50      [000] d...     4.120040: mm_page_free: page=ffffea000017f8c0 order=0",
  "             cat-50      [000] d...     4.120050: <stack trace>",
  " => mm_page_free",
  "what is this",
  "",
].join("\n");

const KMEM_LINE = "             cat-50      [000] d...     4.120040: mm_page_free: page=0 pfn=7 order=0\n";

/** Reads chunks; each event becomes one string. */
function read(chunks: readonly Uint8Array[], isKmemOptional = false) {
  const events: string[] = [];
  const parser = new TraceParser({
    event: (e) => events.push(`${e.line} ${e.cpu} ${e.pid} ${e.timeNs} ${TRACE_KIND_NAMES[e.kind]} ${e.pfn}`),
    lost: (cpu, count, line) => events.push(`${line} lost ${cpu} ${count}`),
  }, { file: "t", isKmemOptional });
  for (const chunk of chunks) parser.push(chunk);
  return { events, summary: parser.finish() };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function fault(text: string): string {
  return assertThrows(() => read([bytes(text)]), ImportError).message;
}

Deno.test("TraceParser delivers events with line, CPU, thread and time, and lost events in their place", () => {
  const events = read([bytes(FTRACE)]).events.map((event) => event.split(" ").slice(0, 5).join(" "));
  assertEquals(events, [
    "4 0 0 4116378000 rcu_grace_period",
    "5 1 1 4119118000 GT_MARK",
    "6 1 1 4119829000 mm_page_alloc",
    "7 0 50 4120000000 GT_REFILL",
    "8 lost 1 12",
    "9 0 50 4120010000 GT_LL_hit",
    "10 0 50 4120020000 GT_LL_miss",
  ]);
});

Deno.test("TraceParser counts what it delivers, and what it does not understand", () => {
  const { summary } = read([bytes(FTRACE)]);
  assertEquals([summary.format, summary.lines, summary.delivered], ["ftrace", 15, 6]);
  assertEquals([summary.events.mm_page_alloc, summary.events.GT_LL_hit, summary.events.rcu_fqs], [1, 1, 0]);
  assertEquals([summary.unknownEvents, summary.unknownEventsOther], [{ sched_switch: 1 }, 0]);
  assertEquals(summary.malformed, { count: 1, firstLine: 12 });
  assertEquals(summary.unrecognised, { count: 1, firstLine: 15 });
  assertEquals(summary.stackLines, 2);
  assertEquals(summary.lost, [{ cpu: 1, gaps: 1, events: 12 }]);
  assertEquals([summary.overwritten, summary.onlineCpusFromHeader], [2, 2]);
  assertEquals([summary.firstNs, summary.lastNs], [4116378000, 4120020000]);
  assertEquals([summary.outOfOrder, summary.late, summary.isLastLineCut], [0, 0, false]);
});

Deno.test("TraceParser gives the same events wherever chunks are cut", () => {
  const all = bytes(FTRACE);
  const whole = read([all]);
  for (let at = 0; at <= all.length; at++) assertEquals(read([all.subarray(0, at), all.subarray(at)]), whole);
  for (const size of [1, 2, 3, 7, 64]) {
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, at) => {
      return all.slice(at * size, (at + 1) * size);
    });
    assertEquals(read(chunks), whole);
  }
});

Deno.test("TraceParser tells the three formats apart", () => {
  const format = (text: string) => read([bytes(text)]).summary.format;
  assertEquals(format(KMEM_LINE), "ftrace");
  assertEquals(format("# tracer: nop\n" + KMEM_LINE.replace(" d... ", " ")), "ftrace");
  assertEquals(format(KMEM_LINE.replace(" d... ", " ")), "trace-cmd");
  assertEquals(format("cpus=4\n" + KMEM_LINE), "trace-cmd");
  assertEquals(
    format(KMEM_LINE.replace("-50 ", " 50").replace(" d... ", " ").replace("mm_", "kmem:mm_")),
    "perf",
  );
});

Deno.test("TraceParser finds GT_ lines behind the event names of trace-cmd", () => {
  const head = "             cat-50    [000]     4.120000: ";
  const text = `${head}bprint:               fill_page_cache_func: GT_WORKER iters=5\n` +
    `${head}print:                tracing_mark_write: GT_MARK run-end\n` +
    `${head}bprint:               some_function: GT_NOVEL x=1\n` +
    `${head}print:                other: mm_page_free page=0 pfn=1 order=0\n`;
  const { summary } = read([bytes(text)], true);
  assertEquals([summary.events.GT_WORKER, summary.events.GT_MARK], [1, 1]);
  assertEquals(summary.unknownEvents, { bprint: 1, print: 1 });
});

Deno.test("TraceParser counts lost events in every spelling", () => {
  const perf = "         swapper     0 [003]  1234.568000: PERF_RECORD_LOST lost 17\n";
  const text =
    `CPU:1 [LOST 7 EVENTS]\nCPU:1 [LOST EVENTS]\nCPU:0 [5 EVENTS DROPPED]\nCPU:2 [EVENTS DROPPED]\n${perf}`;
  assertEquals(read([bytes(text)], true).summary.lost, [
    { cpu: 0, gaps: 1, events: 5 },
    { cpu: 1, gaps: 2, events: 7 },
    { cpu: 2, gaps: 1, events: 0 },
    { cpu: 3, gaps: 1, events: 17 },
  ]);
});

Deno.test("TraceParser keeps 64 names of unknown events and counts the rest", () => {
  const lines = Array.from({ length: 100 }, (_, at) => KMEM_LINE.replace("mm_page_free", `novel_${at}`));
  const { summary } = read([bytes(KMEM_LINE + lines.join(""))]);
  assertEquals(Object.keys(summary.unknownEvents).length, 64);
  assertEquals(summary.unknownEventsOther, 36);
});

Deno.test("TraceParser skips the call chains of perf", () => {
  const chain =
    "        ffffffff812f6a11 __alloc_pages+0x1f1 ([kernel.kallsyms])\n\t    7f2d0a411b2c [unknown] (/lib/x.so)\n\n";
  const { summary } = read([bytes(KMEM_LINE + chain + KMEM_LINE + chain)]);
  assertEquals([summary.events.mm_page_free, summary.stackLines, summary.unrecognised.count], [2, 6, 0]);
});

Deno.test("TraceParser puts events of one CPU into the order of their time", () => {
  const { events, summary } = read([bytes(KMEM_LINE + KMEM_LINE.replace("4.120040", "4.120039"))]);
  assertEquals(events.map((event) => event[0]), ["2", "1"]);
  assertEquals([summary.outOfOrder, summary.late], [1, 0]);
});

Deno.test("TraceParser reads lines that end in carriage return and line feed", () => {
  const crlf = read([bytes(FTRACE.replaceAll("\n", "\r\n"))]);
  assertEquals(crlf.events, read([bytes(FTRACE)]).events);
});

Deno.test("TraceParser reads a last line without an end, and says so", () => {
  const { events, summary } = read([bytes(KMEM_LINE + KMEM_LINE.trimEnd())]);
  assertEquals([events.length, summary.isLastLineCut, summary.malformed.count], [2, true, 0]);
  const cut = read([bytes(KMEM_LINE + KMEM_LINE.slice(0, 60))]).summary;
  assertEquals([cut.isLastLineCut, cut.delivered], [true, 1]);
});

Deno.test("TraceParser refuses what is no trace", () => {
  assertEquals(fault(""), "t:1: Cannot read trace: the file must be a trace, got an empty file");
  assertEquals(
    fault("nr_free_pages 7\nnr_mlock 0\n"),
    "t:2: Cannot read trace: the file must be a trace with kmem events, got none in 2 lines; " +
      "line 1 is the first that is no trace line",
  );
  assertEquals(read([bytes(FTRACE.split("\n")[3]! + "\n")], true).summary.delivered, 1);
  assertStringIncludes(fault(FTRACE.split("\n")[3]! + "\n"), "none in 1 lines");
});

Deno.test("TraceParser says of a trace in latency format what to do about it", () => {
  const payload = "mm_page_free: page=00000000a1b2c3d4 pfn=0x1e240 order=0\n";
  for (const front of ["    bash-1234      2d..1.    7us+: ", "    bash-1234    2d..1 1234567.890123: "]) {
    assertStringIncludes(
      fault(front + payload),
      "line 1 is the first that is no trace line: latency format, which",
    );
  }
  const header = "# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.1.0\n";
  assertStringIncludes(fault(header), "got none in 3 lines: latency format, which");
});

Deno.test("TraceParser refuses binary data with line and offset, after the events before it", () => {
  const text = bytes(`${KMEM_LINE}${KMEM_LINE}abc\x00\x01\n${KMEM_LINE}`);
  const offset = 2 * KMEM_LINE.length + 3;
  for (const size of [1, 5, 50, 83, 1000]) {
    const events: number[] = [];
    const parser = new TraceParser({ event: ({ line }) => events.push(line) }, { file: "t" });
    const error = assertThrows(() => {
      for (let at = 0; at < text.length; at += size) parser.push(text.subarray(at, at + size));
    }, ImportError);
    assertEquals(
      error.message,
      `t:3: Cannot read trace: the line must be text, got binary data at byte ${offset}: "abc\\u0000\\u0001"`,
    );
    assertEquals(events, [1, 2]);
  }
});

Deno.test("TraceParser refuses a line that never ends", () => {
  const parser = new TraceParser({ event: () => {} });
  const chunk = new Uint8Array(30_000).fill(0x41);
  assertThrows(
    () => {
      for (let at = 0; at < 10; at++) parser.push(chunk);
    },
    ImportError,
    "the line must be at most 65536 bytes long",
  );
});

Deno.test("TraceParser throws nothing but ImportError, whatever the bytes are", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(...FTRACE.split("\n")).map((line) => bytes(line + "\n")),
    fc.constantFrom(...FTRACE.split(/[ \n]/)).map((word) => bytes(word + " ")),
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 30 }), (chunks) => {
      try {
        read(chunks);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
});

Deno.test("TraceParser throws nothing but ImportError when bytes of a trace are changed", () => {
  const all = bytes(FTRACE);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(all.length - 1), fc.nat(255)), { maxLength: 20 }), (changes) => {
      const changed = all.slice();
      for (const [at, byte] of changes) changed[at] = byte;
      try {
        read([changed]);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});
