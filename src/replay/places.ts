/**
 * From what a trace prints to places in the machine: CPUs by number, zones by page or by name. A trace that names a
 * place which the machine does not have belongs to another machine.
 *
 * @module
 */
import { ImportError } from "../import/import_error.ts";
import { NID_MAX } from "../import/proc_text.ts";
import type { TraceEvent } from "../import/trace_event.ts";
import { TRACE_ZONES } from "../import/trace_kind.ts";
import { ZONE_NAMES } from "../mm/gfp.ts";
import type { Geometry } from "../mm/mm.ts";
import { listNumber } from "./block_types.ts";
import { ZoneMap } from "./zone_map.ts";

/** Nodes that a trace may name. */
const NIDS_MAX = NID_MAX + 1;

/** Places of one machine. */
export class Places {
  readonly #file: string;
  readonly #geometry: Geometry;
  readonly #zones: ZoneMap;
  /** By CPU number of the kernel: place among the online CPUs, or -1. */
  readonly #cpus: Int32Array;
  /** By `nid * TRACE_ZONES.length + zone`: zone number, or -1. */
  readonly #zoneOfName: Int32Array;
  readonly #pcpLists: number;

  /**
   * Knows a machine.
   *
   * @param onlineCpus CPU numbers of the kernel, ascending.
   * @param file Name of the trace, for messages.
   */
  constructor(geometry: Geometry, onlineCpus: readonly number[], pcpLists: number, file: string) {
    this.#file = file;
    this.#geometry = geometry;
    this.#zones = new ZoneMap(geometry);
    this.#cpus = new Int32Array(Math.max(...onlineCpus) + 1).fill(-1);
    onlineCpus.forEach((cpu, at) => this.#cpus[cpu] = at);
    this.#zoneOfName = new Int32Array(NIDS_MAX * TRACE_ZONES.length).fill(-1);
    geometry.zones.forEach(({ nid, index }, zone) => {
      this.#zoneOfName[nid * TRACE_ZONES.length + TRACE_ZONES.indexOf(ZONE_NAMES[index]!)] = zone;
    });
    this.#pcpLists = pcpLists;
  }

  /** Place of the event's CPU among the online ones. */
  cpuOf(event: TraceEvent): number {
    const cpu = this.#cpus[event.cpu] ?? -1;
    if (cpu < 0) this.#fail(event, "CPU", "one that zoneinfo has online", `${event.cpu}`);
    return cpu;
  }

  /** Place of a CPU that the kernel gives this number, or -1 when it is not online. */
  cpuNumbered(cpu: number): number {
    return this.#cpus[cpu] ?? -1;
  }

  /** Checks that the event's page, if it has one, is in a zone. */
  checkPage(event: TraceEvent): void {
    if (event.pfn >= 0) this.#zoneOfPage(event);
  }

  /** Pcp of the event's page. */
  pcpOfPage(event: TraceEvent, cpu: number): number {
    return this.#zoneOfPage(event) * this.#geometry.cpuNodes.length + cpu;
  }

  /** Pcp of a line that names its zone. */
  pcpOfLine(event: TraceEvent, cpu: number): number {
    const zone = this.#zoneOfName[event.nid * TRACE_ZONES.length + event.zone] ?? -1;
    if (zone < 0) {
      const name = `node ${event.nid}, zone ${TRACE_ZONES[event.zone]}`;
      this.#fail(event, "zone", "one that zoneinfo has", name);
    }
    return zone * this.#geometry.cpuNodes.length + cpu;
  }

  /** List of a pcp. */
  listOf(pcp: number, migratetype: number, order: number): number {
    return listNumber(this.#pcpLists, pcp, migratetype, order);
  }

  #zoneOfPage(event: TraceEvent): number {
    const zone = this.#zones.zoneOf(event.pfn);
    if (zone < 0) {
      const { zones } = this.#geometry;
      const extents = zones.map((z) => `${z.startPfn} to ${z.startPfn + z.spanned - 1}`).join(", ");
      this.#fail(
        event,
        "pfn",
        `inside a zone of zoneinfo (${extents})`,
        `${event.pfn}; is it of another machine?`,
      );
    }
    return zone;
  }

  #fail({ line }: TraceEvent, field: string, expected: string, got: string): never {
    throw new ImportError({ subject: "trace", file: this.#file, line, field, expected, got });
  }
}
