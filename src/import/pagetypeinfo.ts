/**
 * /proc/pagetypeinfo: free blocks by migratetype and order, and pageblocks by migratetype, for each populated zone.
 * The kernel prints the whole page once for each node, headers included; here the nodes are put together.
 *
 * Counting stops at 100,000 blocks of a list in the kernel, which prints `>100000`: such a number is a lower bound.
 *
 * @module
 */
import { ORDERS_MAX } from "./buddyinfo.ts";
import { quote } from "./import_error.ts";
import { NID_MAX, PAGES_MAX, ProcText } from "./proc_text.ts";

/** Free blocks of one migratetype in one zone. */
export interface PagetypeFree {
  /** Free blocks by order. */
  readonly free: readonly number[];
  /** Orders whose count is only a lower bound, because the kernel stopped counting. */
  readonly cappedOrders: readonly number[];
}

/** One populated zone. */
export interface PagetypeZone {
  /** Node. */
  readonly nid: number;
  /** Zone name as printed, e.g. "DMA32". */
  readonly name: string;
  /** Free blocks by the printed name of the migratetype, e.g. "Movable". */
  readonly types: Readonly<Record<string, PagetypeFree>>;
  /** Pageblocks by the printed name of the migratetype. */
  readonly blocks: Readonly<Record<string, number>>;
}

/** The whole file. */
export interface Pagetypeinfo {
  /** Order of a pageblock. */
  readonly pageBlockOrder: number;
  /** Pages of a pageblock, `2 ** pageBlockOrder`. */
  readonly pagesPerBlock: number;
  /** Number of orders, 11 for orders 0 to 10. */
  readonly orders: number;
  /** Printed names of the migratetypes in the order of their numbers on that kernel. */
  readonly types: readonly string[];
  /** Populated zones in printed order. */
  readonly zones: readonly PagetypeZone[];
}

interface ZoneRows {
  readonly nid: number;
  readonly name: string;
  readonly types: Map<string, PagetypeFree>;
  readonly blocks: Map<string, number>;
}

interface Reading {
  readonly zones: Map<string, ZoneRows>;
  pageBlockOrder: number;
  pagesPerBlock: number;
  orders: number;
  types: readonly string[];
  /** Which table the rows belong to; rows of any other table (mixed blocks) are passed over. */
  table: "none" | "free" | "blocks" | "other";
}

/**
 * Reads /proc/pagetypeinfo.
 *
 * @param file Name of the file, for messages.
 * @throws {ImportError} When it is not a pagetypeinfo text, is cut, or contradicts itself.
 */
export function parsePagetypeinfo(text: string, file = "pagetypeinfo"): Pagetypeinfo {
  const proc: ProcText = new ProcText("pagetypeinfo", text, file);
  const reading: Reading = {
    zones: new Map(),
    pageBlockOrder: -1,
    pagesPerBlock: -1,
    orders: 0,
    types: [],
    table: "none",
  };
  for (let line = proc.next(); line !== undefined; line = proc.next()) {
    if (line !== "" && !readHeading(proc, line, reading)) readRow(proc, line, reading);
  }
  const { pageBlockOrder, pagesPerBlock, orders, types } = reading;
  if (types.length === 0) proc.fail("Number of blocks type", "there", "a file without it");
  const zones = [...reading.zones.values()].map(({ nid, name, types: free, blocks }) => {
    for (const type of types) {
      if (!free.has(type)) proc.fail(`Node ${nid}, zone ${name}, type ${type}`, "there", "a file without it");
    }
    if (blocks.size === 0) proc.fail(`Node ${nid}, zone ${name}`, "among the blocks", "a file without it");
    return { nid, name, types: Object.fromEntries(free), blocks: Object.fromEntries(blocks) };
  });
  if (zones.length === 0) proc.fail("the file", "about at least one zone", "none");
  return { pageBlockOrder, pagesPerBlock, orders, types, zones };
}

/** Reads a line that is not a row; false when it is one. */
function readHeading(proc: ProcText, line: string, reading: Reading): boolean {
  const [, label, value] = /^(Page block order|Pages per block):\s*(.*)$/.exec(line) ?? [];
  if (label === "Page block order") {
    reading.pageBlockOrder = proc.whole(label, value, ORDERS_MAX);
  } else if (label === "Pages per block") {
    reading.pagesPerBlock = proc.whole(label, value, 2 ** ORDERS_MAX);
    if (reading.pagesPerBlock !== 2 ** reading.pageBlockOrder) {
      proc.fail(label, `${2 ** reading.pageBlockOrder}, 2 to the page block order`, quote(value!));
    }
  } else if (line.startsWith("Free pages count per migrate type at order")) {
    if (reading.pagesPerBlock < 0) proc.fail("Pages per block", "above the counts", "a file without it");
    reading.orders = line.split(/\s+/).slice(8).length;
    reading.table = "free";
  } else if (line.startsWith("Number of blocks type")) {
    reading.types = line.split(/\s+/).slice(4);
    reading.table = "blocks";
  } else if (line.startsWith("Number of ")) {
    reading.table = "other";
  } else {
    return false;
  }
  return true;
}

function readRow(proc: ProcText, line: string, reading: Reading): void {
  const row = /^Node\s+(\d+),\s+zone\s+([^\s,]+)(?:,\s+type\s+(\S+))?\s+(.*)$/.exec(line);
  if (!row || reading.table === "none" || (reading.table === "free") !== (row[3] !== undefined)) {
    proc.fail("the line", "a line of pagetypeinfo", quote(line));
  }
  if (reading.table === "other") return;
  const nid = proc.whole("Node", row[1], NID_MAX);
  const name = row[2]!;
  const counts = row[4]!.split(/\s+/);
  const width = reading.table === "free" ? reading.orders : reading.types.length;
  if (counts.length !== width) proc.fail("the line", `${width} counts`, `${counts.length}`);
  const place = `Node ${nid}, zone ${name}`;
  let zone = reading.zones.get(place);
  if (zone === undefined) {
    if (reading.table === "blocks") proc.fail(place, "among the free counts", "it here only");
    reading.zones.set(place, zone = { nid, name, types: new Map(), blocks: new Map() });
  }
  const isTwice = row[3] === undefined ? zone.blocks.size > 0 : zone.types.has(row[3]);
  if (isTwice) proc.fail("the line", "printed once", `${quote(line)} a second time`);
  if (row[3] !== undefined) {
    zone.types.set(row[3], readCounts(proc, counts));
  } else {
    reading.types.forEach((type, at) => zone.blocks.set(type, proc.whole(type, counts[at], PAGES_MAX)));
  }
}

function readCounts(proc: ProcText, counts: readonly string[]): PagetypeFree {
  const cappedOrders: number[] = [];
  const free = counts.map((count, order) => {
    if (count.startsWith(">")) cappedOrders.push(order);
    return proc.whole(`order ${order}`, count.replace(/^>/, ""), PAGES_MAX);
  });
  return { free, cappedOrders };
}
