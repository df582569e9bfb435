/**
 * Whether a geometry is one that a machine can be built from. Geometries come from files and from lines that somebody
 * was sent, so nothing is taken for granted but that it is data.
 */
import { ZONE_NAMES } from "../mm/gfp.ts";
import type { Geometry } from "../mm/mm.ts";
import { quote } from "../import/import_error.ts";

/** Most CPUs that a kernel can have; those of a machine to run are fewer, in check_options.ts. */
const CPUS_MAX = 8192;
/** Most nodes of a machine: their numbers are bytes in the world. */
export const NODES_MAX = 256;
/** Most zones, likewise. */
const ZONES_MAX = 256;
/** Page frames are numbers of 31 bits here: 8 TiB. */
const PFN_MAX = 2 ** 31 - 1;
/** Distance of a node to itself in the tables of firmware, and the largest one: 255 means unreachable. */
export const LOCAL_DISTANCE = 10, DISTANCE_MAX = 254;

type Fields = Readonly<Record<string, unknown>>;

function refuse(what: string, expected: string, value: unknown): never {
  // NaN and Infinity are null in JSON
  const words = typeof value === "number" || typeof value === "string"
    ? String(value)
    : JSON.stringify(value);
  const got = value === undefined ? "nothing" : quote(words);
  throw new RangeError(`Cannot build a machine: expected ${what} to be ${expected}, got ${got}`);
}

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function list(what: string, value: unknown, min: number, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= min && value.length <= max) return value;
  return refuse(what, `a list of ${min} to ${max}`, Array.isArray(value) ? value.length : value);
}

function whole(what: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  return refuse(what, `a whole number from ${min} to ${max}`, value);
}

/**
 * Checks how many CPUs and nodes a machine is to have.
 *
 * @throws RangeError when no machine has so many.
 */
export function checkCounts(cpus: number, nodes: number): void {
  whole("cpus", cpus, 1, CPUS_MAX);
  whole("nodes", nodes, 1, NODES_MAX);
}

/** Checks one zone; gives its place. */
function checkZone(zone: unknown, what: string, nodes: number): { key: string; from: number; to: number } {
  if (!isObject(zone)) return refuse(what, "an object", zone);
  const field = (name: string, min: number, max: number) => whole(`${what}.${name}`, zone[name], min, max);
  const nid = field("nid", 0, nodes - 1);
  const index = field("index", 0, ZONE_NAMES.length - 1);
  const from = field("startPfn", 0, PFN_MAX);
  const spanned = field("spanned", 1, PFN_MAX - from);
  field("managed", 1, spanned);
  if (zone.free !== null) field("free", 0, PFN_MAX);
  if (zone.cmaPages !== undefined) field("cmaPages", 0, spanned);
  if (zone.watermarks !== null) {
    const marks = list(`${what}.watermarks`, zone.watermarks, 3, 3);
    marks.forEach((mark) => whole(`each of ${what}.watermarks`, mark, 0, PFN_MAX));
  }
  if (zone.pcp !== null) checkPcp(`${what}.pcp`, zone.pcp);
  return { key: `${nid} ${index}`, from, to: from + spanned };
}

/**
 * Checks the size of per-CPU lists.
 *
 * @throws RangeError when it is none.
 */
export function checkPcp(what: string, pcp: unknown): void {
  if (!isObject(pcp)) return refuse(what, "an object with high and batch", pcp);
  whole(`${what}.high`, pcp.high, 0, PFN_MAX);
  whole(`${what}.batch`, pcp.batch, 1, PFN_MAX);
}

/**
 * Checks a geometry.
 *
 * @throws RangeError when no machine can be built from it; the message names the part.
 */
export function checkGeometry(geometry: unknown): asserts geometry is Geometry {
  if (!isObject(geometry)) return refuse("geometry", "an object", geometry);
  const rows = list("distance", geometry.distance, 1, NODES_MAX);
  for (const [from, row] of rows.entries()) {
    const what = `distance of node ${from}`;
    list(what, row, rows.length, rows.length).forEach((d) => whole(what, d, LOCAL_DISTANCE, DISTANCE_MAX));
  }
  const cpus = list("cpuNodes", geometry.cpuNodes, 1, CPUS_MAX);
  cpus.forEach((nid, cpu) => whole(`node of CPU ${cpu}`, nid, 0, rows.length - 1));
  const zones = list("zones", geometry.zones, 1, ZONES_MAX).map((z, i) =>
    checkZone(z, `zone ${i}`, rows.length)
  );
  if (new Set(zones.map(({ key }) => key)).size < zones.length) {
    refuse("zones", "of each kind once a node", "more");
  }
  const sorted = zones.toSorted((a, b) => a.from - b.from);
  const over = sorted.find(({ from }, i) => i > 0 && from < sorted[i - 1]!.to);
  if (over !== undefined) refuse("zones", "beside each other", `page ${over.from} in two of them`);
}

/**
 * Checks that no pageblock lies in two zones: a page's zone is that of its pageblock.
 *
 * @throws RangeError when two zones meet inside a pageblock of that order.
 */
export function checkPageblocks(zones: Geometry["zones"], pageblockOrder: number): void {
  const sorted = zones.toSorted((a, b) => a.startPfn - b.startPfn);
  for (const [i, { startPfn }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined) continue;
    const last = before.startPfn + before.spanned - 1;
    if (last >> pageblockOrder < startPfn >> pageblockOrder) continue;
    const expected = `that share no pageblock of ${1 << pageblockOrder} pages`;
    refuse("zones", expected, `pages ${last} and ${startPfn} of two zones in one`);
  }
}
