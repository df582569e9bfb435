/**
 * One zone of /proc/zoneinfo: a walk over its lines, part by part, because `high` means a watermark in one part and a
 * pcp limit in another.
 *
 * @module
 */
import { quote } from "./import_error.ts";
import { COUNTER_MAX, CPU_MAX, NID_MAX, PAGES_MAX, PCP_MAX, type ProcText } from "./proc_text.ts";

/** The pcp of one zone on one online CPU. */
export interface ZoneinfoPageset {
  /** CPU. */
  readonly cpu: number;
  /** Pages on its lists. */
  readonly count: number;
  /** Pages above which it is drained. */
  readonly high: number;
  /** Pages moved at a time. */
  readonly batch: number;
  /** Lower limit of the self-tuned `high`; printed by 6.18. */
  readonly highMin?: number;
  /** Upper limit of the self-tuned `high`; printed by 6.18. */
  readonly highMax?: number;
  /** Difference at which a per-CPU counter is folded into the zone; not printed by a kernel for one CPU. */
  readonly statThreshold?: number;
}

/** One zone. All amounts are pages. */
export interface ZoneinfoZone {
  /** Name as printed, e.g. "DMA32". */
  readonly name: string;
  /** Node. */
  readonly nid: number;
  /** Place among the zones of the node, which is the kernel's zone index on that machine. */
  readonly index: number;
  /** Free pages, those on pcp lists not counted. */
  readonly free: number;
  /** Minimum watermark, boost included. */
  readonly min: number;
  /** Low watermark, boost included. */
  readonly low: number;
  /** High watermark, boost included. */
  readonly high: number;
  /** Promotion watermark; printed by 6.12 and later. */
  readonly promo?: number;
  /** What fragmentation has added to the watermarks; printed by 6.1 and later. */
  readonly boost?: number;
  /** Pages from the first to the last, holes included. */
  readonly spanned: number;
  /** Pages that exist; 0 for an unpopulated zone. */
  readonly present: number;
  /** Pages that the allocator manages. */
  readonly managed: number;
  /** Pages reserved for CMA; printed by 6.1 and later. */
  readonly cma?: number;
  /** Pages kept from requests that could have used a higher zone, by the index of that zone (lowmem_reserve). */
  readonly protection: readonly number[];
  /** First page frame number; 0 for an unpopulated zone, which has none. */
  readonly startPfn: number;
  /** Counters of the zone by printed name, e.g. nr_free_pages, numa_hit. */
  readonly counters: Readonly<Record<string, number>>;
  /** Lists of each online CPU, ascending. */
  readonly pagesets: readonly ZoneinfoPageset[];
}

const AMOUNTS = ["boost", "min", "low", "high", "promo", "spanned", "present", "managed", "cma"];
const PAGESET = ["count", "high", "batch", "high_min", "high_max", "vm stats threshold"];

/** Numbers of one part by their label. */
type Numbers = Map<string, number>;

/** The lines of a zone, sorted into its parts. */
interface Parts {
  readonly nodeStats: Numbers;
  readonly amounts: Numbers;
  readonly counters: Numbers;
  readonly cpus: Map<number, Numbers>;
  protection: readonly number[] | undefined;
}

/**
 * Reads the lines of one zone.
 *
 * @param zonesOfNode Number of zones read before of a node.
 * @returns The zone, and the counters of its node when they are printed with it.
 */
export function readZone(
  proc: ProcText,
  zonesOfNode: (nid: number) => number,
): { readonly zone: ZoneinfoZone; readonly stats: Readonly<Record<string, number>> | undefined } {
  const title = proc.next()!;
  const heading = /^Node\s+(\d+),\s+zone\s+(\S+)$/.exec(title);
  if (!heading) proc.fail("the line", "the first of a zone", quote(title));
  const nid = proc.whole("Node", heading[1], NID_MAX);
  const parts = readParts(proc);
  const amount = (label: string) => required(proc, parts.amounts, label);
  const present = amount("present");
  const zone: ZoneinfoZone = {
    name: heading[2]!,
    nid,
    index: zonesOfNode(nid),
    free: amount("pages free"),
    min: amount("min"),
    low: amount("low"),
    high: amount("high"),
    spanned: amount("spanned"),
    present,
    managed: amount("managed"),
    ...optional(parts.amounts, { boost: "boost", promo: "promo", cma: "cma" }),
    protection: parts.protection ?? proc.fail("protection", "there", "a zone without it"),
    startPfn: present > 0 ? amount("start_pfn") : 0,
    counters: Object.fromEntries(parts.counters),
    pagesets: [...parts.cpus].map(([cpu, numbers]) => pagesetOf(proc, cpu, numbers)),
  };
  if (present > zone.spanned) proc.fail("present", `at most spanned (${zone.spanned})`, `${present}`);
  if (zone.managed > present) proc.fail("managed", `at most present (${present})`, `${zone.managed}`);
  return { zone, stats: parts.nodeStats.size > 0 ? Object.fromEntries(parts.nodeStats) : undefined };
}

function pagesetOf(proc: ProcText, cpu: number, numbers: Numbers): ZoneinfoPageset {
  return {
    cpu,
    count: required(proc, numbers, "count"),
    high: required(proc, numbers, "high"),
    batch: required(proc, numbers, "batch"),
    ...optional(numbers, { high_min: "highMin", high_max: "highMax", "vm stats threshold": "statThreshold" }),
  };
}

function required(proc: ProcText, numbers: Numbers, label: string): number {
  return numbers.get(label) ?? proc.fail(label, "there", "a zone without it");
}

/** Fields for those labels that this version printed. */
function optional<Field extends string>(
  numbers: Numbers,
  fieldOf: Readonly<Record<string, Field>>,
): Partial<Record<Field, number>> {
  const found: Partial<Record<Field, number>> = {};
  for (const [label, field] of Object.entries(fieldOf)) {
    const value = numbers.get(label);
    if (value !== undefined) found[field] = value;
  }
  return found;
}

/** Sorts the lines up to the next zone into the parts of this one. */
function readParts(proc: ProcText): Parts {
  const parts: Parts = {
    nodeStats: new Map(),
    amounts: new Map(),
    counters: new Map(),
    cpus: new Map(),
    protection: undefined,
  };
  let part: "node" | "amounts" | "counters" | "pagesets" = "amounts";
  let pageset: Numbers = new Map();
  for (let line = proc.peek(); line !== undefined && !line.startsWith("Node"); line = proc.peek()) {
    proc.next();
    const { label, value } = labelled(line);
    if (label === "per-node" && value === "stats") part = "node";
    else if (label === "pagesets") part = "pagesets";
    else if (label === "pages free" || label === "start_pfn") {
      put(proc, parts.amounts, label, value, PAGES_MAX);
      if (label === "pages free") part = "amounts";
    } else if (label === "protection") {
      if (parts.protection !== undefined) proc.fail(label, "printed once", "it a second time");
      parts.protection = readProtection(proc, value);
      part = "counters";
    } else if (label === "cpu" && part === "pagesets") {
      const cpu = proc.whole(label, value, CPU_MAX);
      if (parts.cpus.has(cpu)) proc.fail(`cpu ${cpu}`, "printed once", "it a second time");
      parts.cpus.set(cpu, pageset = new Map());
    } else if (part === "amounts" && AMOUNTS.includes(label)) {
      put(proc, parts.amounts, label, value, PAGES_MAX);
    } else if (part === "pagesets" && PAGESET.includes(label)) put(proc, pageset, label, value, PCP_MAX);
    else if (part === "node") putCounter(proc, parts.nodeStats, label, value);
    else if (part === "counters") putCounter(proc, parts.counters, label, value);
  }
  return parts;
}

/** Splits `  name   value` and `  name: value`; a line that is neither is all label. */
function labelled(line: string): { readonly label: string; readonly value: string } {
  const trimmed = line.trim();
  // one pattern for all of it would look at a long line of blanks once for each blank
  const colon = trimmed.indexOf(":");
  if (colon >= 0) return { label: trimmed.slice(0, colon).trim(), value: trimmed.slice(colon + 1).trim() };
  const last = /\s\S+$/.exec(trimmed);
  if (last === null) return { label: trimmed, value: "" };
  return { label: trimmed.slice(0, last.index).trim(), value: last[0].trim() };
}

function put(proc: ProcText, into: Numbers, label: string, value: string, max: number): void {
  if (into.has(label)) proc.fail(label, "printed once", "it a second time");
  into.set(label, proc.whole(label, value, max));
}

/** A counter has a name like nr_free_pages; any other line among the counters is of no interest. */
function putCounter(proc: ProcText, into: Numbers, label: string, value: string): void {
  if (/^[a-z]\w*$/.test(label)) put(proc, into, label, value, COUNTER_MAX);
}

function readProtection(proc: ProcText, value: string): readonly number[] {
  const list = /^\((.*)\)$/.exec(value);
  if (!list) proc.fail("protection", "numbers in parentheses", quote(value));
  return list[1]!.split(/,\s*/).map((pages) => proc.whole("protection", pages, PAGES_MAX));
}

/** Whether all CPUs have the same limit in a zone, as they do where limits do not tune themselves. */
export function hasOneLimit({ pagesets }: ZoneinfoZone): boolean {
  return pagesets.every(({ high }) => high === pagesets[0]!.high);
}
