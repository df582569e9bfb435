import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { GFP_MASK_OF_NAME } from "./gfp_names.ts";
import { TRACE_KIND_NAMES, TRACE_WORDS, TRACE_ZONES, TraceKind, type TraceKindName } from "./trace_kind.ts";
import { TraceParser } from "./trace_parser.ts";
import { Slot } from "./trace_slot.ts";
import type { TraceFormat } from "./trace_summary.ts";

/** A field of a payload: how it is printed, and what the event must hold. */
interface Printed {
  readonly text: string;
  readonly slot?: keyof typeof Slot;
  readonly value?: number;
}

type Field = fc.Arbitrary<Printed>;

const number = (key: string, slot: keyof typeof Slot, max = 2 ** 40, min = 0): Field =>
  fc.maxSafeInteger().map((any) => min + Math.abs(any) % (max - min + 1))
    .map((value) => ({ text: `${key}${value}`, slot, value }));
const fixed = (text: string): Field => fc.constant({ text });
const pointer: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("(null)", "(____ptrval____)", "0000000000000000"),
  fc.nat().map((low) => `ffffea00${low.toString(16).padStart(8, "0")}`),
  fc.nat().map((low) => `0xffffea00${low.toString(16).padStart(8, "0")}`),
);
const skipped = (key: string): Field => pointer.map((text) => ({ text: key + text }));
const pfn: Field = fc.tuple(fc.nat(2 ** 30), fc.boolean()).map(([value, isHex]) => ({
  text: `pfn=${isHex ? "0x" + value.toString(16) : value}`,
  slot: "pfn" as const,
  value: value === 0 ? -1 : value,
}));
const word = (key: string, slot: keyof typeof Slot = "word"): Field =>
  fc.nat(TRACE_WORDS.length - 2).map((at) => ({ text: key + TRACE_WORDS[at + 1], slot, value: at + 1 }));
const zone: Field = fc.nat(TRACE_ZONES.length - 1)
  .map((value) => ({ text: `zone=${TRACE_ZONES[value]}`, slot: "zone" as const, value }));
const gfp: Field = fc.array(fc.constantFrom(...GFP_MASK_OF_NAME.keys()), { minLength: 1, maxLength: 6 })
  .map((names) => ({
    text: `gfp_flags=${names.join("|")}`,
    slot: "gfpFlags" as const,
    value: names.reduce((mask, name) => mask | GFP_MASK_OF_NAME.get(name)!, 0),
  }));
const sequence: Field = fc.maxSafeInteger().chain((value) =>
  fc.constantFrom(`${value}`, `${BigInt.asUintN(64, BigInt(value))}`)
    .map((text) => ({ text, slot: "gp_seq" as const, value }))
);
const masks: Field = fc.nat().map((value) => ({
  text: `${value.toString(16)}>0`,
  slot: "mask" as const,
  value,
}));
const hex: Field = fc.nat().map((value) => ({ text: value.toString(16), slot: "qsmask" as const, value }));

const page = skipped("page=");
const order = number("order=", "order", 10);
const migratetype = number("migratetype=", "migratetype", 5);
const flavour = word("", "flavour");
const rhp = skipped("rhp=");
const symbol = fc.constantFrom("func=a_function", "func=fn+0x10/0x20", "func=free_it [a_module]").map((
  text,
) => ({ text }));
const qlen = number("", "qlen");
const node = [number("", "level", 3), number("", "grplo", 8191), number("", "grphi", 8191)];
const at = [number("nid=", "nid", 1023), zone];
const high = number("high=", "high", 2 ** 31 - 1);
const batch = number("batch=", "batch", 2 ** 31 - 1);
const before = number("count_before=", "count", 2 ** 31 - 1);

/** Payloads as the kernel prints them, written down a second time on purpose: the table of the reader is under test. */
const PAYLOADS: Readonly<Record<TraceKindName, readonly Field[]>> = {
  mm_page_alloc: [page, pfn, order, migratetype, gfp],
  mm_page_free: [page, pfn, order],
  mm_page_free_batched: [page, pfn, fixed("order=0")],
  mm_page_alloc_zone_locked: [page, pfn, order, migratetype, number("percpu_refill=", "percpu_refill", 1)],
  mm_page_pcpu_drain: [page, pfn, order, migratetype],
  mm_page_alloc_extfrag: [
    page,
    pfn,
    number("alloc_order=", "order", 10),
    number("fallback_order=", "fallback_order", 10),
    number("pageblock_order=", "pageblock_order", 10),
    number("alloc_migratetype=", "migratetype", 5),
    number("fallback_migratetype=", "fallback_migratetype", 5),
    number("fragmenting=", "fragmenting", 1),
    number("change_ownership=", "change_ownership", 1),
  ],
  rcu_grace_period: [flavour, sequence, word("")],
  rcu_grace_period_init: [flavour, sequence, ...node, hex],
  rcu_quiescent_state_report: [flavour, sequence, masks, ...node, number("", "gp_tasks", 1)],
  rcu_fqs: [flavour, sequence, number("", "targetCpu", 8191, -1), word("")],
  rcu_callback: [flavour, rhp, symbol, qlen],
  rcu_kvfree_callback: [flavour, rhp, number("func=", "func", 4096), qlen],
  rcu_batch_start: [flavour, number("CBs=", "callbacks"), number("bl=", "blimit")],
  rcu_invoke_callback: [flavour, rhp, symbol],
  rcu_invoke_kvfree_callback: [flavour, rhp, number("func=", "func", 4096)],
  rcu_invoke_kfree_bulk_callback: [flavour, skipped("bulk=0x"), number("nr_records=", "nr_records", 510)],
  rcu_batch_end: [flavour, number("CBs-invoked=", "callbacks"), fixed("idle=C.IR")],
  rcu_barrier: [
    flavour,
    word(""),
    number("cpu ", "targetCpu", 8191, -1),
    number("remaining ", "remaining"),
    number("# ", "barrierSeq"),
  ],
  GT_PCP: [
    ...at,
    number("count=", "count", 999),
    high,
    batch,
    number("unmovable=", "unmovable", 999),
    number("movable=", "movable", 999),
    number("reclaimable=", "reclaimable", 999),
  ],
  GT_REFILL: [
    ...at,
    number("mt=", "migratetype", 2),
    number("want=", "want"),
    number("got=", "pages"),
    before,
    high,
  ],
  GT_DRAIN: [...at, number("n=", "pages"), before, high, batch],
  GT_LL_hit: [...at, number("mt=", "migratetype", 2), pfn, number("count_after=", "count", 999), high, batch],
  GT_LL_miss: [number("zones_scanned=", "zonesScanned", 9)],
  GT_BLK: [
    word("src="),
    number("chan=", "chan", 1),
    number("pending=", "pending"),
    number("cached=", "cached", 5),
    number("failed_since=", "failedSince"),
  ],
  GT_QUEUE: [word(""), number("pending=", "pending")],
  GT_WORKER: [number("iters=", "iters", 5)],
  GT_MARK: [word("")],
  GT_FLOOD: [number("round=", "round"), word("")],
};

interface Event {
  readonly kind: TraceKindName;
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  readonly micros: number;
  readonly fields: readonly Printed[];
  readonly isExtended: boolean;
}

const comm = fc.string({ unit: fc.constantFrom(..."aB0-[]:./ #>"), minLength: 1, maxLength: 15 });
const event: fc.Arbitrary<Event> = fc.constantFrom(...TRACE_KIND_NAMES).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    comm,
    pid: fc.nat(4194304),
    cpu: fc.nat(8191),
    micros: fc.nat(2 ** 31 - 1),
    fields: fc.tuple(...PAYLOADS[kind]),
    isExtended: fc.boolean(),
  })
);

/** Name and payload, as after the time; `isReport` for trace-cmd, which pads names and has one more for GT_ lines. */
function body({ kind, fields, isExtended }: Event, subsystem: string, isReport: boolean): string {
  const payload = [...fields.map(({ text }) => text), ...isExtended ? ["novel=1"] : []].join(" ");
  if (kind.startsWith("GT_")) {
    return `${isReport ? "bprint:   " : ""}a_function: ${kind.replace("L_", "L ")} ${payload}`;
  }
  return `${`${subsystem}${kind}:`.padEnd(isReport ? 20 : 0)} ${payload}`;
}

const PRINTERS: Readonly<Record<TraceFormat, (event: Event) => string>> = {
  ftrace(e) {
    const seconds = `${Math.floor(e.micros / 1e6)}`.padStart(5);
    const place = `[${`${e.cpu}`.padStart(3, "0")}]`;
    const tgid = e.isExtended ? "(     12) " : "";
    const flags = e.isExtended ? "dNs1." : "....";
    const head = `${e.comm.padStart(16)}-${`${e.pid}`.padEnd(7)} ${tgid}${place} ${flags}`;
    return `${head} ${seconds}.${`${e.micros % 1e6}`.padStart(6, "0")}: ${body(e, "", false)}`;
  },
  perf(e) {
    const time = `${Math.floor(e.micros / 1e6)}.${`${e.micros % 1e6}`.padStart(6, "0")}`.padStart(12);
    const thread = e.isExtended
      ? `${`${e.pid}`.padStart(5)}/${`${e.pid}`.padEnd(5)}`
      : `${e.pid}`.padStart(5);
    const head = `${e.comm.padStart(16)} ${thread} [${`${e.cpu}`.padStart(3, "0")}] ${time}:`;
    return `${head}     ${body(e, e.kind.startsWith("mm_") ? "kmem:" : "rcu:", false)}`;
  },
  "trace-cmd"(e) {
    const seconds = `${Math.floor(e.micros / 1e6)}`.padStart(5);
    const fraction = `${e.micros % 1e6}`.padStart(6, "0") + (e.isExtended ? "000" : "");
    const head = `${e.comm.padStart(16)}-${`${e.pid}`.padEnd(5)} [${`${e.cpu}`.padStart(3, "0")}]`;
    return `${head} ${seconds}.${fraction}: ${body(e, "", true)}`;
  },
};

function check(format: TraceFormat, { kind, pid, cpu, micros, fields }: Event, line: string): void {
  let count = 0;
  const parser = new TraceParser({
    event({ values }) {
      count++;
      const got = [values[Slot.kind], values[Slot.pid], values[Slot.cpu], values[Slot.timeNs]];
      assertEquals(got, [TraceKind[kind], pid, cpu, micros * 1000]);
      for (const { slot, value } of fields) {
        if (slot !== undefined) assertEquals(values[Slot[slot]], value, slot);
      }
    },
  }, { isKmemOptional: true });
  parser.push(new TextEncoder().encode(line + "\n"));
  const summary = parser.finish();
  assertEquals([count, summary.delivered, summary.lines], [1, 1, 1], line);
  if (!kind.startsWith("GT_")) assertEquals(summary.format, format);
}

for (const format of ["ftrace", "perf", "trace-cmd"] as const) {
  Deno.test(`TraceParser reads back every event printed as ${format}`, () => {
    fc.assert(
      fc.property(event, (each) => check(format, each, PRINTERS[format](each))),
      { seed: 1, numRuns: 2000 },
    );
  });
}
