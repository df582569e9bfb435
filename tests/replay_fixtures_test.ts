/**
 * Recordings of a real kernel through the model: the claims that the predictions have to meet. The recordings that are
 * committed are always used; a folder with more of them is used when PCPLAB_RECORDINGS names it.
 */
import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { parsePagetypeinfo } from "../src/import/pagetypeinfo.ts";
import { parsePcplists } from "../src/import/pcplists.ts";
import { readTrace } from "../src/import/read_trace.ts";
import { parseZoneinfo } from "../src/import/zoneinfo.ts";
import { type Profile, profileNamed } from "../src/profile/profile.ts";
import { Replay, type WhatIf } from "../src/replay/replay.ts";
import type { ReplayResult } from "../src/replay/replay_result.ts";
import { replayError } from "../src/replay/replay_tables.ts";
import { pathOf } from "../fuzz/command/path_of.ts";

const FIXTURES = pathOf("fixtures/", import.meta.url);
const COMMITTED = [
  "low_s2_ll_f0",
  "low_s2_ll_f4000",
  "low_s4_ll_f0",
  "numa_s4_ll_f0",
  "rep2_low_s2_ll_f30000",
  "trickle_s2_ll_f30000_b100_g5ms",
];

interface Variant {
  readonly identity?: boolean;
  readonly whatIf?: WhatIf;
  /** Kernel version that the recording is taken for. */
  readonly profile?: Profile;
  /** Lines to leave out of the trace. */
  readonly without?: RegExp;
}

async function replay(
  folder: string,
  { identity = false, whatIf, without, profile = profileNamed("v5_9") }: Variant = {},
): Promise<ReplayResult> {
  const text = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  const run = new Replay({
    zoneinfo: parseZoneinfo(text("zoneinfo.before")),
    pcplists: parsePcplists(text("pcplists.before")),
    pageBlockOrder: parsePagetypeinfo(text("pagetypeinfo.before")).pageBlockOrder,
  }, { profile, file: folder, identity, whatIf: whatIf ?? null });
  using file = await Deno.open(`${folder}/trace.txt.gz`);
  const source = without === undefined ? file.readable : linesWithout(file.readable, without);
  await readTrace(source, run);
  return run.finish();
}

async function* linesWithout(zipped: ReadableStream<Uint8Array<ArrayBuffer>>, without: RegExp) {
  const text = await new Response(zipped.pipeThrough(new DecompressionStream("gzip"))).text();
  const kept = text.split("\n").filter((line) => !without.test(line));
  yield new TextEncoder().encode(kept.join("\n"));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

/** The targets; under memory pressure drains that no event announces make some of them wider. */
function assertTargets(result: ReplayResult, hasPressure: boolean): void {
  const { lockless, counts, identity } = result;
  assertLess(replayError(result), 0.002);
  assertGreaterOrEqual(result.refillF1, 0.99);
  assertGreaterOrEqual(share(lockless.agree, lockless.attempts), hasPressure ? 0.99 : 1);
  assertGreaterOrEqual(share(counts.equal, counts.compared), 0.999);
  assertGreaterOrEqual(share(identity.equal, identity.determined), hasPressure ? 0.97 : 0.99);
}

for (const name of COMMITTED) {
  Deno.test(`Replay meets every target on ${name}, with unknown and with known contents of refills`, async () => {
    const [plain, named] = [await replay(FIXTURES + name), await replay(FIXTURES + name, { identity: true })];
    assertTargets(plain, false);
    assertTargets(named, false);
    assertGreaterOrEqual(named.identity.determined, plain.identity.determined);
    assertEquals(named.perZone, plain.perZone);
    assertEquals([plain.start, plain.recordedFrom], ["GT_PCP", "GT lines"]);
    assertEquals([plain.contradictions.count, plain.sizesDiffer.count, plain.unmatchedBatched], [0, 0, 0]);
  });
}

Deno.test("Replay predicts the same when the trace's own refill and drain lines are left out", async () => {
  const folder = `${FIXTURES}low_s2_ll_f4000`;
  const without = /mm_page_alloc_zone_locked|mm_page_pcpu_drain|GT_REFILL|GT_DRAIN/;
  const predicted = ({ perZone }: ReplayResult) =>
    perZone.map((row) =>
      [row.refills, row.refillPages, row.drains, row.drainPages].map((each) => each.predicted)
    );
  assertEquals(predicted(await replay(folder, { without })), predicted(await replay(folder)));
});

Deno.test("Replay makes refills and drains out from stock events when the kernel prints none", async () => {
  const result = await replay(`${FIXTURES}low_s2_ll_f4000`, { without: /GT_REFILL|GT_DRAIN/ });
  const printed = await replay(`${FIXTURES}low_s2_ll_f4000`);
  assertEquals(result.recordedFrom, "stock events");
  const recorded = ({ perZone }: ReplayResult) =>
    perZone.map((row) => [row.refills.recorded, row.drains.recorded]);
  assertEquals(recorded(result), recorded(printed));
  assertEquals(result.refillF1, 1);
});

Deno.test("Replay starts from pcplists when no GT_PCP line says better", async () => {
  const result = await replay(`${FIXTURES}low_s2_ll_f4000`, { without: /GT_PCP/ });
  assertEquals(result.start, "pcplists");
  // the lengths are those of a moment inside the trace, so the first steps are off
  assertLess(replayError(result), 0.03);
});

Deno.test("Replay imagines other list sizes within the spread of recordings of the same load", async () => {
  const v5_9 = profileNamed("v5_9");
  const whatIf = { profile: v5_9, blockSource: "recorded", fraction: null } as const;
  const sums = ({ whatIf }: ReplayResult) =>
    whatIf!.perZone.reduce((sum, row) => sum + row.refills.imagined, 0);
  const same = await replay(`${FIXTURES}low_s2_ll_f0`, {
    whatIf: { ...whatIf, size: { high: 378, batch: 63 } },
  });
  assertEquals(sums(same), same.perZone.reduce((sum, row) => sum + row.refills.recorded, 0));
  assertEquals(same.whatIf!.zoneLockNs.imagined, same.whatIf!.zoneLockNs.recorded);
  assertEquals(same.whatIf!.blocks, { needed: 1280, got: 1280 });
  const tiny = await replay(`${FIXTURES}low_s2_ll_f0`, {
    whatIf: { ...whatIf, size: { high: 8, batch: 2 } },
  });
  const recorded = await replay(`${FIXTURES}rep2_low_s2_ll_f30000`);
  const refills = recorded.perZone.reduce((sum, row) => sum + row.refills.recorded, 0);
  assert(Math.abs(sums(tiny) - refills) / refills < 0.1, `${sums(tiny)} against ${refills}`);
  assertLess(tiny.whatIf!.blocks.got, tiny.whatIf!.blocks.needed);
});

Deno.test("Replay imagines a kernel version alike, whatever version the recording is taken for", async () => {
  const versions = ["v6_1", "v5_9"].map((name) => profileNamed(name));
  for (const profile of versions) {
    const whatIf = { profile, blockSource: "recorded", fraction: null, size: null } as const;
    const imagined = versions.map(async (recorded) => {
      const result = await replay(`${FIXTURES}low_s2_ll_f0`, { whatIf, profile: recorded });
      return result.whatIf!.perZone.map(({ refills, drains }) => [refills.imagined, drains.imagined]);
    });
    assertEquals(await imagined[0], await imagined[1]);
  }
});

const { state } = await Deno.permissions.query({ name: "env", variable: "PCPLAB_RECORDINGS" });
const folder = state === "granted" ? Deno.env.get("PCPLAB_RECORDINGS") : undefined;
Deno.test({
  name:
    "Replay meets every target without memory pressure, and refills and drains nearly always with it, on a folder " +
    "(PCPLAB_RECORDINGS names it)",
  ignore: folder === undefined,
  fn: async (t) => {
    for (const entry of [...Deno.readDirSync(folder!)].filter((each) => each.isDirectory)) {
      await t.step(entry.name, async () => {
        const hasPressure = /high/.test(entry.name);
        const result = await replay(`${folder}/${entry.name}`, { identity: true });
        if (!hasPressure) return assertTargets(result, false);
        // lists as large as the free memory are emptied by drain_all_pages(), which no event announces
        if (/_f8$/.test(entry.name)) return;
        assertGreaterOrEqual(result.refillF1, 0.99);
        assertLess(replayError(result), 0.02);
        assertGreaterOrEqual(share(result.identity.equal, result.identity.determined), 0.97);
      });
    }
  },
});
