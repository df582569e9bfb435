/**
 * /proc/buddyinfo: free blocks by order for each populated zone, all migratetypes together.
 *
 * @module
 */
import { quote } from "./import_error.ts";
import { NID_MAX, PAGES_MAX, ProcText } from "./proc_text.ts";

/** Free blocks of one zone. */
export interface BuddyinfoZone {
  /** Node. */
  readonly nid: number;
  /** Zone name as printed, e.g. "DMA32". */
  readonly name: string;
  /** Free blocks by order; index 3 counts blocks of 8 pages. */
  readonly free: readonly number[];
}

/** Most orders that any configuration has. */
export const ORDERS_MAX = 32;

/**
 * Reads /proc/buddyinfo.
 *
 * @param file Name of the file, for messages.
 * @throws {ImportError} When it is not a buddyinfo text, or rows differ in length, or a zone comes twice.
 */
export function parseBuddyinfo(text: string, file = "buddyinfo"): readonly BuddyinfoZone[] {
  const proc: ProcText = new ProcText("buddyinfo", text, file);
  const zones: BuddyinfoZone[] = [];
  const seen = new Set<string>();
  for (let line = proc.next(); line !== undefined; line = proc.next()) {
    const row = /^Node\s+(\d+),\s+zone\s+(\S+)\s+(.*)$/.exec(line);
    if (!row) proc.fail("the line", "a row of a zone", quote(line));
    const nid = proc.whole("Node", row[1], NID_MAX);
    const name = row[2]!;
    const free = row[3]!.split(/\s+/).map((count, order) => proc.whole(`order ${order}`, count, PAGES_MAX));
    const orders = zones[0]?.free.length ?? Math.min(free.length, ORDERS_MAX);
    if (free.length !== orders) proc.fail("the line", `${orders} counts`, `${free.length}`);
    const place = `Node ${nid}, zone ${name}`;
    if (seen.has(place)) proc.fail(place, "printed once", "it a second time");
    seen.add(place);
    zones.push({ nid, name, free });
  }
  return zones;
}
