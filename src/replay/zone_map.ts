/**
 * Which zone a page frame is in.
 *
 * @module
 */
import type { Geometry } from "../mm/mm.ts";

/** Zones by page frame, for a handful of zones. */
export class ZoneMap {
  readonly #start: Int32Array;
  readonly #end: Int32Array;

  /** Takes the extents of a machine's zones. */
  constructor({ zones }: Geometry) {
    this.#start = Int32Array.from(zones, (z) => z.startPfn);
    this.#end = Int32Array.from(zones, (z) => z.startPfn + z.spanned);
  }

  /** Number of the zone, or -1 when the page is outside every zone. */
  zoneOf(pfn: number): number {
    for (let zone = this.#start.length - 1; zone >= 0; zone--) {
      if (pfn >= this.#start[zone]! && pfn < this.#end[zone]!) return zone;
    }
    return -1;
  }
}
