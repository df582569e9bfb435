import { assertEquals, assertRejects } from "@std/assert";
import { parseBuddyinfo } from "../src/import/buddyinfo.ts";
import { ImportError } from "../src/import/import_error.ts";
import { parsePagetypeinfo } from "../src/import/pagetypeinfo.ts";
import { parsePcplists } from "../src/import/pcplists.ts";
import { readTrace } from "../src/import/read_trace.ts";
import type { TraceEvent } from "../src/import/trace_event.ts";
import { TRACE_KIND_NAMES, TRACE_ZONES, TraceKind, traceWord } from "../src/import/trace_kind.ts";
import type { TraceSink } from "../src/import/trace_parser.ts";
import { parseVmstat } from "../src/import/vmstat.ts";
import { parseZoneinfo } from "../src/import/zoneinfo.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);

/** Events of a recording by kind, counted with grep; then its lines. */
const COUNTED = [
  "mm_page_alloc",
  "mm_page_free",
  "mm_page_free_batched",
  "mm_page_alloc_zone_locked",
  "mm_page_pcpu_drain",
  "mm_page_alloc_extfrag",
  "rcu_grace_period",
  "rcu_invoke_kvfree_callback",
  "rcu_invoke_kfree_bulk_callback",
  "GT_PCP",
  "GT_REFILL",
  "GT_DRAIN",
  "GT_LL_hit",
  "GT_LL_miss",
  "GT_BLK",
  "GT_QUEUE",
  "GT_WORKER",
  "GT_MARK",
  "GT_FLOOD",
] as const;
const RECORDINGS: Readonly<Record<string, readonly number[]>> = {
  // deno-fmt-ignore
  low_s2_ll_f0: [6256, 7461, 1236, 1891, 1890, 1, 1352, 0, 1280, 8, 30, 30, 1280, 0, 1280, 44, 0, 7, 0, 24057],
  // deno-fmt-ignore
  low_s2_ll_f4000: [
    5999, 7186, 1089, 5404, 5340, 2, 881, 1630, 1263, 8, 360, 356, 1263, 1630, 1355, 25, 0, 7, 0, 33809,
  ],
  // deno-fmt-ignore
  low_s4_ll_f0: [6322, 7498, 1269, 2025, 1764, 1, 1780, 0, 1287, 16, 32, 28, 1287, 0, 1287, 92, 0, 7, 0, 24706],
  // deno-fmt-ignore
  trickle_s2_ll_f30000_b100_g5ms: [
    2761, 2890, 2208, 1932, 1930, 1, 3463, 100, 182, 8, 962, 965, 182, 100, 183, 181, 0, 7, 0, 18066,
  ],
  // deno-fmt-ignore
  numa_s4_ll_f0: [6367, 7541, 1135, 5058, 4588, 4, 1033, 0, 1270, 24, 163, 148, 1270, 0, 1270, 37, 0, 7, 0, 29926],
  // deno-fmt-ignore
  rep2_low_s2_ll_f30000: [
    6394, 7568, 1381, 6939, 6984, 2, 1638, 10688, 1255, 8, 3468, 3492, 1255, 10688, 1812, 59, 0, 7, 0, 63649,
  ],
};

function text(path: string): string {
  return Deno.readTextFileSync(new URL(path, FIXTURES));
}

async function read(path: string, sink: TraceSink) {
  using file = await Deno.open(new URL(path, FIXTURES));
  return await readTrace(file.readable, sink, { file: path });
}

for (const [name, counts] of Object.entries(RECORDINGS)) {
  Deno.test(`the /proc files of ${name} fit together`, () => {
    const { nodes, onlineCpus } = parseZoneinfo(text(`${name}/zoneinfo.before`));
    const zones = nodes.flatMap((node) => node.zones).filter(({ present }) => present > 0);
    const places = zones.map((zone) => `${zone.nid} ${zone.name}`);
    const buddy = parseBuddyinfo(text(`${name}/buddyinfo.before`));
    const pagetype = parsePagetypeinfo(text(`${name}/pagetypeinfo.before`));
    assertEquals(buddy.map((zone) => `${zone.nid} ${zone.name}`), places);
    assertEquals(pagetype.zones.map((zone) => `${zone.nid} ${zone.name}`), places);
    for (const row of parsePcplists(text(`${name}/pcplists.before`))) {
      const zone = zones.find(({ nid, name }) => nid === row.nid && name === row.zone)!;
      const pageset = zone.pagesets.find(({ cpu }) => cpu === row.cpu)!;
      assertEquals([row.startPfn, row.spanned], [zone.startPfn, zone.spanned]);
      assertEquals([row.high, row.batch], [pageset.high, pageset.batch]);
    }
    assertEquals(onlineCpus, parseZoneinfo(text(`${name}/zoneinfo.after`)).onlineCpus);
    const [before, after] = ["before", "after"].map((when) => parseVmstat(text(`${name}/vmstat.${when}`)));
    assertEquals(after!.pgfree! > before!.pgfree!, true);
    assertEquals(parsePcplists(text(`${name}/pcplists.after`)).length, onlineCpus.length * zones.length);
  });

  Deno.test(`readTrace() finds every event of ${name}, and nothing that it does not understand`, async () => {
    const marks: number[] = [];
    let lines = 0;
    const summary = await read(`${name}/trace.txt.gz`, {
      event(event) {
        assertEquals(event.line > lines, true);
        lines = event.line;
        if (event.kind === TraceKind.GT_MARK) marks.push(event.word);
      },
    });
    assertEquals([...COUNTED.map((kind) => summary.events[kind]), summary.lines], counts);
    const others = TRACE_KIND_NAMES.filter((kind) => !(COUNTED as readonly string[]).includes(kind));
    assertEquals(others.filter((kind) => summary.events[kind] > 0), []);
    assertEquals([summary.unknownEvents, summary.malformed.count, summary.unrecognised.count], [{}, 0, 0]);
    assertEquals([summary.lost, summary.overwritten, summary.outOfOrder], [[], 0, 0]);
    const inOrder = [
      traceWord("before-snapshot-begin"),
      traceWord("before-snapshot-end"),
      traceWord("run-begin"),
      traceWord("kfree-done"),
      traceWord("run-end"),
      traceWord("after-snapshot-begin"),
      traceWord("after-snapshot-end"),
    ];
    assertEquals(marks, inOrder);
  });

  Deno.test(`the events of ${name} add up to the pcp counts that the kernel printed`, async () => {
    const ledger = new PcpLedger(name);
    await read(`${name}/trace.txt.gz`, { event: (event) => ledger.take(event) });
    assertEquals(ledger.wrong, []);
    assertEquals(ledger.compared > 0, true);
  });
}

/** Length of every pcp by counting pages in and out, compared with each GT_PCP line but the first of its pcp. */
class PcpLedger {
  compared = 0;
  readonly wrong: string[] = [];
  readonly #rows;
  readonly #counts = new Map<string, number>();

  constructor(name: string) {
    this.#rows = parsePcplists(text(`${name}/pcplists.before`));
  }

  take(event: TraceEvent): void {
    switch (event.kind) {
      case TraceKind.mm_page_alloc:
      case TraceKind.GT_LL_hit:
        if (event.kind === TraceKind.GT_LL_hit || event.order === 0) this.#add(this.#placeOf(event), -1);
        break;
      case TraceKind.mm_page_free:
        if (event.order === 0) this.#add(this.#placeOf(event), 1);
        break;
      case TraceKind.GT_REFILL:
        this.#add(placeOf(event), event.pages);
        break;
      case TraceKind.GT_DRAIN:
        this.#add(placeOf(event), -event.pages);
        break;
      case TraceKind.GT_PCP:
        this.#compare(placeOf(event), event.count);
    }
  }

  /** The pcp of the zone of a page; a hit says itself which it is. */
  #placeOf(event: TraceEvent): string {
    const { pfn, cpu } = event;
    const zone = this.#rows.find(({ startPfn, spanned }) => pfn >= startPfn && pfn < startPfn + spanned)!;
    return `${cpu} ${zone.nid} ${zone.zone}`;
  }

  #add(place: string, pages: number): void {
    const count = this.#counts.get(place);
    if (count !== undefined) this.#counts.set(place, count + pages);
  }

  #compare(place: string, printed: number): void {
    const count = this.#counts.get(place);
    if (count !== undefined) {
      this.compared++;
      if (count !== printed) this.wrong.push(`${place}: counted ${count}, printed ${printed}`);
    }
    this.#counts.set(place, printed);
  }
}

function placeOf(event: TraceEvent): string {
  return `${event.cpu} ${event.nid} ${TRACE_ZONES[event.zone]}`;
}

Deno.test("parseZoneinfo() reads the constructed files of 6.1, 6.12 and 6.18", () => {
  const normal = (version: string) => {
    const { nodes, onlineCpus } = parseZoneinfo(text(`constructed/zoneinfo.${version}`));
    assertEquals(onlineCpus, [0, 1, 2, 3]);
    assertEquals(nodes[0]!.zones.map(({ name }) => name), ["DMA", "DMA32", "Normal", "Movable", "Device"]);
    return nodes[0]!.zones[2]!;
  };
  const [v6_1, v6_12, v6_18] = [normal("6.1"), normal("6.12"), normal("6.18")];
  assertEquals([v6_1.boost, v6_1.min, v6_1.promo, v6_1.cma], [1024, 14024, undefined, 16384]);
  assertEquals([v6_12.boost, v6_12.min, v6_12.promo], [0, 13000, 22750]);
  assertEquals(v6_12.pagesets[0], { cpu: 0, count: 4011, high: 4062, batch: 63, statThreshold: 60 });
  assertEquals(v6_18.pagesets[0], {
    cpu: 0,
    count: 4011,
    high: 9214,
    batch: 63,
    highMin: 4062,
    highMax: 448741,
    statThreshold: 60,
  });
  assertEquals(v6_18.startPfn, 1048576);
});

Deno.test("readTrace() reads the constructed files of ftrace 6.1, perf script and trace-cmd report", async () => {
  const outline = async (file: string) => {
    const events: string[] = [];
    const { format, lost, unknownEvents, unrecognised, malformed } = await read(`constructed/${file}`, {
      event: ({ kind, cpu, pid, pfn }) => events.push(`${TRACE_KIND_NAMES[kind]} ${cpu} ${pid} ${pfn}`),
    });
    assertEquals([malformed.count, unrecognised.count], [0, 0]);
    return { format, pages: events.filter((event) => event.startsWith("mm_")), lost, unknownEvents };
  };
  assertEquals(await outline("ftrace_6.1.txt"), {
    format: "ftrace",
    pages: ["mm_page_alloc 3 2213 1715004", "mm_page_free 3 2213 1715004", "mm_page_alloc 2 0 -1"],
    lost: [{ cpu: 2, gaps: 1, events: 9 }],
    unknownEvents: {},
  });
  assertEquals(await outline("perf_script.txt"), {
    format: "perf",
    pages: [
      "mm_page_alloc 0 4110 1080873",
      "mm_page_free 0 4110 1080873",
      "mm_page_pcpu_drain 0 4110 1080874",
    ],
    lost: [{ cpu: 3, gaps: 1, events: 17 }],
    unknownEvents: { sched_process_exit: 1 },
  });
  assertEquals(await outline("trace_cmd_report.txt"), {
    format: "trace-cmd",
    pages: ["mm_page_alloc 0 4110 1080873", "mm_page_free 1 4110 1080873"],
    lost: [{ cpu: 0, gaps: 1, events: 0 }, { cpu: 1, gaps: 1, events: 21 }],
    unknownEvents: { sched_switch: 1 },
  });
});

Deno.test("readTrace() refuses a recording that was cut, after the events before the cut", async () => {
  const zipped = Deno.readFileSync(new URL("low_s2_ll_f0/trace.txt.gz", FIXTURES));
  let events = 0;
  const source = ReadableStream.from([zipped.subarray(0, 100_000)]);
  const sink = { event: () => void events++ };
  const error = await assertRejects(
    () => readTrace(source, sink, { file: "cut.gz" }),
    ImportError,
    "cut.gz:",
  );
  // all lines but the 11 of the header are events
  assertEquals(events, error.line - 11);
  assertEquals(events > 5000, true);
});
