import { assertEquals, assertThrows } from "@std/assert";
import { ImportError } from "../import/import_error.ts";
import { TraceParser } from "../import/trace_parser.ts";
import type { Zoneinfo, ZoneinfoZone } from "../import/zoneinfo.ts";
import { profileNamed } from "../profile/profile.ts";
import { recordedProfile, Replay, type WhatIf } from "./replay.ts";
import { replayError } from "./replay_tables.ts";

const zone: ZoneinfoZone = {
  name: "DMA32",
  nid: 0,
  index: 1,
  free: 4000,
  min: 10,
  low: 20,
  high: 30,
  spanned: 16384,
  present: 16384,
  managed: 16000,
  protection: [0, 0],
  startPfn: 4096,
  counters: {},
  pagesets: [0, 1].map((cpu) => ({ cpu, count: 0, high: 6, batch: 2 })),
};
const zoneinfo: Zoneinfo = { nodes: [{ nid: 0, zones: [zone], stats: {} }], onlineCpus: [0, 1] };

/** Replays lines `CPU EVENT FIELDS`, one a microsecond. */
function replay(
  lines: readonly string[],
  identity = false,
  profile = "v5_9",
  info = zoneinfo,
  whatIf: WhatIf | null = null,
) {
  const input = { zoneinfo: info, pcplists: null, pageBlockOrder: 9 };
  const options = { profile: profileNamed(profile), file: "made.txt", identity, whatIf };
  const run = new Replay(input, options);
  const parser = new TraceParser(run, { file: "made.txt" });
  const text = lines.map((line, at) => {
    if (line.startsWith("CPU:")) return line + "\n";
    const [cpu, event, ...fields] = line.split(" ");
    const time = `1.${String(at).padStart(6, "0")}`;
    return `  task-7     [00${cpu}] d...  ${time}: ${event}: ${fields.join(" ")}\n`;
  });
  parser.push(new TextEncoder().encode(text.join("")));
  parser.finish();
  return run.finish();
}

const alloc = (cpu: number, pfn: number, type = 1) =>
  `${cpu} mm_page_alloc page=1 pfn=${pfn} order=0 migratetype=${type} gfp_flags=GFP_KERNEL`;
const free = (cpu: number, pfn: number) => `${cpu} mm_page_free page=1 pfn=${pfn} order=0`;
const batched = (cpu: number, pfn: number) => `${cpu} mm_page_free_batched page=1 pfn=${pfn} order=0`;
const locked = (cpu: number, pfn: number) =>
  `${cpu} mm_page_alloc_zone_locked page=1 pfn=${pfn} order=0 migratetype=1 percpu_refill=1`;
const drained = (cpu: number, pfn: number) =>
  `${cpu} mm_page_pcpu_drain page=1 pfn=${pfn} order=0 migratetype=1`;

Deno.test("Replay compares its refills with runs of lines of stock events", () => {
  const { perZone, refillF1, recordedFrom, start, events } = replay([
    locked(0, 5000),
    locked(0, 5001),
    alloc(0, 5000),
    alloc(0, 5001),
    locked(0, 5002),
    locked(0, 5003),
    alloc(0, 5002),
  ]);
  assertEquals([perZone[0]!.refills, perZone[0]!.refillPages], [
    { predicted: 2, recorded: 2 },
    { predicted: 4, recorded: 4 },
  ]);
  assertEquals(perZone[0]!.served, { predicted: 1, recorded: 1 });
  assertEquals([refillF1, recordedFrom, start, events], [1, "stock events", "zoneinfo", 7]);
});

Deno.test("Replay lets limits that tune themselves grow from what each CPU had", () => {
  const pagesets = [9, 6].map((high, cpu) => ({ cpu, count: 0, high, batch: 2 }));
  const info = { ...zoneinfo, nodes: [{ nid: 0, zones: [{ ...zone, pagesets }], stats: {} }] };
  const lines = Array.from({ length: 14 }, (_, i) => alloc(1, 5000 + i));
  // refills of 2, 4 and 8 pages; a limit of 6 for good would stop at 4
  assertEquals(replay(lines, false, "v6_12", info).perZone[1]!.refills.predicted, 3);
});

Deno.test("Replay keeps the batch of the machine where no fraction changes it: its pages may be of 64 KiB", () => {
  const size = (recorded: string, imagined: string, fraction: number) => {
    const whatIf = {
      size: null,
      fraction,
      profile: profileNamed(imagined),
      blockSource: "recorded",
    } as const;
    return replay([alloc(0, 5000)], false, recorded, zoneinfo, whatIf).whatIf!.perZone[0]!.size;
  };
  assertEquals(size("v5_14", "v5_14", 1000), { high: 8, batch: 2 });
  assertEquals(size("v6_12", "v6_12", 100), { high: 80, batch: 2 });
  // a batch of 5.9 may be that of a fraction
  assertEquals(size("v5_9", "v5_14", 1000), { high: 12, batch: 3 });
});

Deno.test("Replay counts the pages of a recorded refill, not its blocks", () => {
  const of = (pfn: number, kind: string, more: string) =>
    `0 ${kind} page=1 pfn=${pfn} order=2 migratetype=1 ${more}`;
  const refill = [5000, 5004].map((pfn) => of(pfn, "mm_page_alloc_zone_locked", "percpu_refill=1"));
  const lines = [...refill, of(5000, "mm_page_alloc", "gfp_flags=GFP_KERNEL")];
  assertEquals(replay(lines, false, "v5_14").perZone[0]!.refillPages, { predicted: 8, recorded: 8 });
});

Deno.test("Replay frees a page where it is printed as batched, not where it is printed first", () => {
  // three pages are announced, then one comes back before they are on the list
  const { perZone, unmatchedBatched } = replay([
    free(0, 5000),
    free(0, 5001),
    locked(0, 6000),
    locked(0, 6001),
    alloc(0, 6000),
    batched(0, 5000),
    batched(0, 5001),
    alloc(0, 5001),
    alloc(0, 5000),
  ]);
  assertEquals(perZone[0]!.refills, { predicted: 1, recorded: 1 });
  assertEquals(unmatchedBatched, 0);
});

Deno.test("Replay frees a batched block of 6.10 with the order of its first line, since its own says 0", () => {
  const fields = "page=1 pfn=5000 order=2";
  const lines = [
    `0 mm_page_free ${fields}`,
    batched(0, 5000),
    `0 mm_page_alloc ${fields} migratetype=1 gfp_flags=GFP_KERNEL`,
  ];
  assertEquals(replay(lines, false, "v6_12").perZone[0]!.refills.predicted, 0);
});

Deno.test("Replay counts what becomes of huge pages where the kernel has them on its lists", () => {
  const fields = "page=1 pfn=5120 order=9";
  const lines = [
    `0 mm_page_alloc ${fields} migratetype=1 gfp_flags=GFP_TRANSHUGE`,
    `0 mm_page_free ${fields}`,
  ];
  assertEquals([replay(lines).hugeEvents, replay(lines, false, "v5_14").hugeEvents], [0, 2]);
});

Deno.test("Replay counts a batched line without the line that must come before", () => {
  assertEquals(replay([batched(0, 5000)]).unmatchedBatched, 1);
});

Deno.test("Replay compares its drains with runs of lines of stock events", () => {
  const frees = Array.from({ length: 6 }, (_, i) => free(0, 5000 + i));
  const { perZone } = replay([...frees, drained(0, 5000), drained(0, 5001)]);
  assertEquals([perZone[0]!.drains, perZone[0]!.drainPages], [
    { predicted: 1, recorded: 1 },
    { predicted: 2, recorded: 2 },
  ]);
});

Deno.test("Replay names pages of a refill before it looks, in the order in which they were queued", () => {
  const lines = [locked(0, 5005), locked(0, 5001), alloc(0, 5005), alloc(0, 5001)];
  const { identity } = replay(lines, true);
  assertEquals(identity, { determined: 2, equal: 2, resyncs: 0 });
  assertEquals(replay(lines).identity, { determined: 0, equal: 0, resyncs: 0 });
  const swapped = replay([locked(0, 5005), locked(0, 5001), alloc(0, 5001), alloc(0, 5005)], true);
  assertEquals(swapped.identity, { determined: 2, equal: 1, resyncs: 1 });
});

Deno.test("Replay counts events that contradict each other, and goes on", () => {
  const { contradictions } = replay([free(0, 5000), free(1, 5000), alloc(0, 5000), alloc(0, 5000)]);
  assertEquals(contradictions, { count: 2, first: "line 2: page 5000 is freed while it is free" });
});

Deno.test("Replay forgets which pages are in use where events are lost, at any place of the trace", () => {
  const lost = "CPU:1 [LOST 3 EVENTS]";
  assertEquals(replay([lost, free(0, 5000), alloc(0, 5000), lost, alloc(0, 5000)]).contradictions.count, 0);
  const events = Array.from({ length: 40000 }, (_, i) => free(0, 5000 + i % 4000));
  const { contradictions } = replay([alloc(0, 19000), ...events, lost, alloc(0, 19000), alloc(0, 19000)]);
  assertEquals(contradictions.count, 36001);
});

Deno.test("Replay finds the first line of a batched page behind events that another CPU lost", () => {
  const { perZone, unmatchedBatched } = replay([
    free(0, 5000),
    "CPU:1 [LOST 3 EVENTS]",
    batched(0, 5000),
    alloc(0, 5000),
    alloc(0, 5001),
  ]);
  assertEquals([unmatchedBatched, perZone[0]!.refills.predicted], [0, 1]);
});

Deno.test("Replay refuses a page outside every zone and a CPU that is not online, with the line", () => {
  const message =
    'made.txt:2: Cannot read trace: "pfn" must be inside a zone of zoneinfo (4096 to 20479), got 999999';
  assertThrows(() => replay([free(0, 5000), free(0, 999999)]), ImportError, message);
  assertThrows(() => replay([free(7, 5000)]), ImportError, 'made.txt:1: Cannot read trace: "CPU" must be');
});

Deno.test("Replay passes over failed allocations", () => {
  const { perZone } = replay([
    "0 mm_page_alloc page=(null) pfn=0 order=0 migratetype=0 gfp_flags=GFP_NOWAIT",
    alloc(0, 5000),
  ]);
  assertEquals(perZone[0]!.refills.predicted, 1);
});

Deno.test("replayError() is infinite when something was predicted and nothing recorded", () => {
  assertEquals(replayError(replay([alloc(0, 5000)])), Infinity);
  assertEquals(replayError(replay([free(0, 5000)])), 0);
});

Deno.test("recordedProfile() tells versions by what their zoneinfo prints", () => {
  const of = (more: Partial<ZoneinfoZone>, stats: Readonly<Record<string, number>> = {}) =>
    recordedProfile({ ...zoneinfo, nodes: [{ nid: 0, zones: [{ ...zone, ...more }], stats }] });
  assertEquals([of({}), of({ cma: 0 }), of({ cma: 0, boost: 0 })], ["v5_9", "v5_14", "v6_1"]);
  assertEquals(of({ cma: 0, boost: 0, promo: 40 }), "v6_12");
  assertEquals(of({ pagesets: [{ cpu: 0, count: 0, high: 6, batch: 2, highMin: 6, highMax: 9 }] }), "v6_18");
  // 6.8 tunes its lists, and does not say so outright
  assertEquals(of({ cma: 0, boost: 0 }, { pgdemote_kswapd: 0 }), "v6_12");
  const pagesets = [6, 9].map((high, cpu) => ({ cpu, count: 0, high, batch: 2 }));
  assertEquals(of({ cma: 0, boost: 0, pagesets }), "v6_12");
});
