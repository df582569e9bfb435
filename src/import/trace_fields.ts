/**
 * What the payload of each kind of event looks like: the printed fields in their order, how each value reads, and
 * where it goes. This table is the only place that knows an event's text; the reader of payloads walks it.
 *
 * @kernel include/trace/events/kmem.h, include/trace/events/rcu.h 5.9 to 6.18
 * @module
 */
import { CPU_MAX, NID_MAX, PAGES_MAX, PCP_MAX } from "./proc_text.ts";
import { TRACE_KIND_NAMES, type TraceKindName } from "./trace_kind.ts";
import { Slot } from "./trace_slot.ts";

/** How a value reads. */
export const Reading = { skip: 0, number: 1, pfn: 2, hex: 3, gfp: 4, word: 5, zone: 6, idle: 7 } as const;

/** A field: what stands before the value (nothing for a value known by its place), and what to make of the value. */
interface Field {
  readonly key: string;
  readonly reading: number;
  readonly slot: number;
  readonly min: number;
  readonly max: number;
  /** Whether older or newer kernels leave it out; it is then 0. */
  readonly isOptional: boolean;
}

const SAFE = Number.MAX_SAFE_INTEGER;

function field(key: string, slot: number, max: number, reading: number = Reading.number, min = 0): Field {
  return { key, reading, slot, min, max, isOptional: false };
}

function optional(one: Field): Field {
  return { ...one, isOptional: true };
}

function skipped(key: string): Field {
  return optional(field(key, Slot.kind, 0, Reading.skip));
}

const ORDER_MAX = 63;
const MIGRATETYPE_MAX = 15;

// fields that several events print alike
const page = skipped("page=");
const pfn = field("pfn=", Slot.pfn, PAGES_MAX, Reading.pfn, -1);
const order = field("order=", Slot.order, ORDER_MAX);
const migratetype = field("migratetype=", Slot.migratetype, MIGRATETYPE_MAX, Reading.number, -1);
const flavour = field("", Slot.flavour, SAFE, Reading.word);
const gp_seq = field("", Slot.gp_seq, SAFE, Reading.number, -SAFE);
const word = field("", Slot.word, SAFE, Reading.word);
const rhp = skipped("rhp=");
const symbol = skipped("func=");
const offset = field("func=", Slot.func, SAFE, Reading.number, -SAFE);
const qlen = field("", Slot.qlen, SAFE, Reading.number, -SAFE);
const nid = field("nid=", Slot.nid, NID_MAX);
const zone = field("zone=", Slot.zone, SAFE, Reading.zone);
const mt = field("mt=", Slot.migratetype, MIGRATETYPE_MAX);
const high = field("high=", Slot.high, PCP_MAX);
const batch = field("batch=", Slot.batch, PCP_MAX);
const count = (key: string) => field(key, Slot.count, PCP_MAX);
const level = field("", Slot.level, CPU_MAX);
const grplo = field("", Slot.grplo, CPU_MAX);
const grphi = field("", Slot.grphi, CPU_MAX);
const qsmask = field("", Slot.qsmask, 2 ** 64, Reading.hex);
const amount = (key: string, slot: number) => field(key, slot, SAFE);

const FIELDS: Readonly<Record<TraceKindName, readonly Field[]>> = {
  mm_page_alloc: [page, pfn, order, migratetype, field("gfp_flags=", Slot.gfpFlags, SAFE, Reading.gfp)],
  mm_page_free: [page, pfn, order],
  mm_page_free_batched: [page, pfn, order],
  mm_page_alloc_zone_locked: [
    page,
    pfn,
    order,
    migratetype,
    optional(field("percpu_refill=", Slot.percpu_refill, 1)),
  ],
  mm_page_pcpu_drain: [page, pfn, order, migratetype],
  mm_page_alloc_extfrag: [
    page,
    pfn,
    field("alloc_order=", Slot.order, ORDER_MAX),
    field("fallback_order=", Slot.fallback_order, ORDER_MAX),
    field("pageblock_order=", Slot.pageblock_order, ORDER_MAX),
    field("alloc_migratetype=", Slot.migratetype, MIGRATETYPE_MAX),
    field("fallback_migratetype=", Slot.fallback_migratetype, MIGRATETYPE_MAX),
    field("fragmenting=", Slot.fragmenting, 1),
    field("change_ownership=", Slot.change_ownership, 1),
  ],
  rcu_grace_period: [flavour, gp_seq, word],
  rcu_grace_period_init: [flavour, gp_seq, level, grplo, grphi, qsmask],
  rcu_quiescent_state_report: [
    flavour,
    gp_seq,
    field("", Slot.mask, 2 ** 64, Reading.hex),
    field(">", Slot.qsmask, 2 ** 64, Reading.hex),
    level,
    grplo,
    grphi,
    field("", Slot.gp_tasks, 1),
  ],
  rcu_fqs: [flavour, gp_seq, field("", Slot.targetCpu, CPU_MAX, Reading.number, -1), word],
  rcu_callback: [flavour, rhp, symbol, qlen],
  rcu_kvfree_callback: [flavour, rhp, offset, qlen],
  rcu_batch_start: [
    flavour,
    field("CBs=", Slot.callbacks, SAFE, Reading.number, -SAFE),
    amount("bl=", Slot.blimit),
  ],
  rcu_invoke_callback: [flavour, rhp, symbol],
  rcu_invoke_kvfree_callback: [flavour, rhp, offset],
  rcu_invoke_kfree_bulk_callback: [flavour, skipped("bulk="), amount("nr_records=", Slot.nr_records)],
  rcu_batch_end: [flavour, amount("CBs-invoked=", Slot.callbacks), skipped("idle=")],
  rcu_barrier: [
    flavour,
    word,
    field("cpu ", Slot.targetCpu, CPU_MAX, Reading.number, -1),
    amount("remaining ", Slot.remaining),
    amount("# ", Slot.barrierSeq),
  ],
  GT_PCP: [
    nid,
    zone,
    count("count="),
    high,
    batch,
    field("unmovable=", Slot.unmovable, PCP_MAX),
    field("movable=", Slot.movable, PCP_MAX),
    field("reclaimable=", Slot.reclaimable, PCP_MAX),
  ],
  GT_REFILL: [
    nid,
    zone,
    mt,
    amount("want=", Slot.want),
    amount("got=", Slot.pages),
    count("count_before="),
    high,
  ],
  GT_DRAIN: [nid, zone, amount("n=", Slot.pages), count("count_before="), high, batch],
  GT_LL_hit: [nid, zone, mt, pfn, count("count_after="), high, batch],
  GT_LL_miss: [amount("zones_scanned=", Slot.zonesScanned)],
  GT_BLK: [
    field("src=", Slot.word, SAFE, Reading.word),
    amount("chan=", Slot.chan),
    amount("pending=", Slot.pending),
    amount("cached=", Slot.cached),
    amount("failed_since=", Slot.failedSince),
  ],
  GT_QUEUE: [word, amount("pending=", Slot.pending)],
  GT_WORKER: [amount("iters=", Slot.iters)],
  GT_MARK: [word],
  GT_FLOOD: [amount("round=", Slot.round), word],
};

/** The table of fields, flat: fields of kind k are those from first[k] up to first[k + 1]. */
export interface FieldTable {
  readonly first: Int32Array;
  /** Bits of the fields that an event of a kind must have, the first field being bit 0. */
  readonly required: Int32Array;
  readonly reading: Int32Array;
  readonly slot: Int32Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Keys of all fields in a row; that of field f begins at keyStart[f] and ends at keyStart[f + 1]. */
  readonly keys: Uint8Array;
  readonly keyStart: Int32Array;
}

function flatten(): FieldTable {
  const fields = TRACE_KIND_NAMES.flatMap((name) => FIELDS[name]);
  const first = [0];
  const keyStart = [0];
  for (const name of TRACE_KIND_NAMES) first.push(first.at(-1)! + FIELDS[name].length);
  for (const { key } of fields) keyStart.push(keyStart.at(-1)! + key.length);
  const required = (each: readonly Field[]) =>
    each.reduce((bits, { isOptional }, at) => bits | (+!isOptional << at), 0);
  return {
    first: Int32Array.from(first),
    required: Int32Array.from(TRACE_KIND_NAMES, (name) => required(FIELDS[name])),
    reading: Int32Array.from(fields, ({ reading }) => reading),
    slot: Int32Array.from(fields, ({ slot }) => slot),
    min: Float64Array.from(fields, ({ min }) => min),
    max: Float64Array.from(fields, ({ max }) => max),
    keys: new TextEncoder().encode(fields.map(({ key }) => key).join("")),
    keyStart: Int32Array.from(keyStart),
  };
}

/** The fields of every kind of event. */
export const FIELD_TABLE: FieldTable = flatten();
