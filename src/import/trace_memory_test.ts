import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ImportError } from "./import_error.ts";
import { FIELD_TABLE, Reading } from "./trace_fields.ts";
import { TRACE_KIND_NAMES } from "./trace_kind.ts";
import { TraceParser } from "./trace_parser.ts";
import { Slot } from "./trace_slot.ts";

/** Beginnings of lines, for all that is read from memory and all that is not. */
const HEADERS = [
  "            init-1       [001] ....     4.119829: ",
  "            init-1       [000] d.s1     4.119830: ",
  "     kworker/2:0-311     [002] d.s1  1234.567890: ",
  "     kworker/2:0-311     [002]  1234.567890: ",
  "     kworker/2:0-311     (    309) [002] ....  1234.567890: ",
  "           <...>-4194304 [8191] dNh4.     0.000001: ",
  "     kworker/2:0   311 [002]  1234.567890: kmem:",
  "     kworker/2:0   309/311   [002]  1234.567890:    rcu:",
  "     kworker/2:0-311     [002]     8.5: ",
  "     kworker/2:0-311     [002]     -0.5: 9.5: ",
  "a-5 [001] 1.0: b-7       [003] d..1     2.000: ",
  "       a [1] b c-9       [003] d..1     77: ",
  "comm of no columns -1 [000] 5.000000001: ",
];
const BODIES = [
  "mm_page_alloc: page=ffffea000017f8c0 pfn=24547 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO",
  "mm_page_alloc: page=0 pfn=0x5fe3 order=0 migratetype=-1 gfp_flags=GFP_NOWAIT|what|__GFP_NOWARN|0x100",
  "mm_page_free: page=(null) pfn=0 order=0",
  "mm_page_free_batched: page=ffffea000017f8c0 pfn=24547 order=0",
  "mm_page_alloc_zone_locked: page=ffffea00000e7340 pfn=14797 order=0 migratetype=0 percpu_refill=1",
  "mm_page_alloc_zone_locked: page=ffffea00000e7340 pfn=14797 order=0 migratetype=0",
  "mm_page_alloc_extfrag: page=1 pfn=2 alloc_order=0 fallback_order=9 pageblock_order=9 alloc_migratetype=0 " +
  "fallback_migratetype=1 fragmenting=0 change_ownership=1",
  "rcu_grace_period: rcu_sched -956 AccWaitCB",
  "rcu_grace_period: rcu_preempt 18446744073709550660 end",
  "rcu_quiescent_state_report: rcu 7 1>0 0 0 15 0",
  "rcu_invoke_kfree_bulk_callback: rcu_sched bulk=0xffff8880060bc010 nr_records=510",
  "rcu_batch_end: rcu CBs-invoked=3 idle=C.IR",
  "get_page_from_freelist: GT_REFILL nid=0 zone=DMA32 mt=1 want=63 got=63 count_before=0 high=378",
  "free_pcppages_bulk: GT_DRAIN nid=0 zone=Normal n=2 count_before=8 high=8 batch=2",
  "__rcu_alloc_page_lockless: GT_LL hit nid=0 zone=DMA32 mt=1 pfn=24548 count_after=62 high=378 batch=63",
  "__rcu_alloc_page_lockless: GT_LL high=8 nid=0 zone=DMA mt=1 pfn=2 count_after=62 batch=63",
  "__rcu_alloc_page_lockless: GT_LL miss zones_scanned=2",
  "kvfree_call_rcu: GT_BLK src=lockless chan=0 pending=0 cached=1 failed_since=7",
  "tracing_mark_write: GT_MARK run-begin",
  "tracing_mark_write: GT_MARK  run-begin",
  "bprint: tracing_mark_write: GT_MARK run-end",
  "sched_switch: prev_comm=cat prev_pid=50",
  "<stack trace>",
];
/** What damages lines where their readers look; NUL is rare, because nothing is read behind it. */
const codesOf = (letters: string) => [...letters].map((letter) => letter.charCodeAt(0));
const byte = fc.oneof(
  { weight: 200, arbitrary: fc.constantFrom(...codesOf(" []():=-.|>/#\r\t\n\xff019adhmGHMTNx_")) },
  { weight: 1, arbitrary: fc.constant(0) },
);

const damage = fc.record({
  place: fc.nat(),
  deleted: fc.nat(2),
  added: fc.array(byte, { maxLength: 2 }),
});
// most lines are whole, or nothing would be remembered
const damages = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(damage, { maxLength: 2 }) },
);

/** Lines of few sorts, so that most are like an earlier one. */
const trace = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 3 }),
  fc.uniqueArray(fc.constantFrom(...BODIES), { minLength: 1, maxLength: 3 }),
).chain(([headers, bodies]) => {
  const line = fc.tuple(fc.constantFrom(...headers), fc.constantFrom(...bodies), damages);
  return fc.array(line.map(([header, body, each]) => damaged(header + body, each)), { maxLength: 40 });
});

interface Damage {
  readonly place: number;
  readonly deleted: number;
  readonly added: readonly number[];
}

/** A line whose bytes are not all what they were. */
function damaged(text: string, damages: readonly Damage[]): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  for (const { place, deleted, added } of damages) bytes.splice(place % bytes.length, deleted, ...added);
  return [...bytes, 0x0a];
}

/** All that is read of chunks: of each event its own slots, the summary or the fault. */
function read(chunks: Iterable<Uint8Array>) {
  const { first, reading, slot } = FIELD_TABLE;
  const events: number[][] = [];
  const told: unknown[] = [];
  const parser = new TraceParser({
    event: ({ kind, values }) => {
      const own = [...slot.subarray(first[kind], first[kind + 1])]
        .filter((_, at) => reading[first[kind]! + at] !== Reading.skip);
      events.push([...values.subarray(Slot.kind, Slot.pfn), ...own.map((each) => values[each]!)]);
    },
    lost: (...lost) => told.push(lost),
  }, { isKmemOptional: true });
  try {
    for (const chunk of chunks) parser.push(chunk);
    told.push(parser.finish());
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    told.push(error.message);
  }
  return { events, told };
}

/** One chunk for each line: too few bytes for anything to be read from memory. */
function* lineByLine(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from) + 1;
    yield bytes.slice(from, end);
    from = end;
  }
}

Deno.test("TraceParser reads from memory what it reads anew, whatever lines are made of and however damaged", () => {
  // behind the last line, so that each line has enough bytes behind it
  const rest = new TextEncoder().encode("# a comment\n".repeat(200));
  fc.assert(
    fc.property(trace, (lines) => {
      const bytes = Uint8Array.from([...lines.flat(), ...rest]);
      assertEquals(read([bytes]), read(lineByLine(bytes)));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

Deno.test("TraceParser delivers whole lines of every sort the second time as the first time", () => {
  const lines = HEADERS.flatMap((header) => BODIES.map((body) => `${header}${body}\n`)).join("");
  const bytes = new TextEncoder().encode(lines.repeat(3));
  const { events } = read([bytes]);
  assertEquals(events, read(lineByLine(bytes)).events);
  const kinds = new Set(events.map(([kind]) => TRACE_KIND_NAMES[kind!]));
  assertEquals(kinds.size, 15);
});
