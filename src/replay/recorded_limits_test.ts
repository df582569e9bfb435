import { assertEquals } from "@std/assert";
import { parseZoneinfo, type ZoneinfoPageset } from "../import/zoneinfo.ts";
import { profileNamed } from "../profile/profile.ts";
import { geometryFromZoneinfo } from "../run/geometry.ts";
import { recordedLimits } from "./recorded_limits.ts";

/** One zone of 256 MiB: the formula gives limits of 1000 to 4000 for two CPUs. */
function limits(profile: string, pagesets: readonly Partial<ZoneinfoPageset>[]) {
  const lines = pagesets.flatMap(({ high, highMin, highMax }, cpu) => [
    `    cpu: ${cpu}`,
    "              count: 0",
    `              high: ${high}`,
    "              batch: 15",
    ...highMin === undefined
      ? []
      : [`              high_min: ${highMin}`, `              high_max: ${highMax}`],
  ]);
  const info = parseZoneinfo([
    "Node 0, zone    DMA32",
    "  pages free     50000",
    "        min      1600",
    "        low      2000",
    "        high     2400",
    "        spanned  65536",
    "        present  65536",
    "        managed  64000",
    "        protection: (0)",
    "  pagesets",
    ...lines,
    "  start_pfn:           4096",
    "",
  ].join("\n"));
  return recordedLimits(info, geometryFromZoneinfo(info), profileNamed(profile)).map((each) => [
    each.high_min,
    each.high,
    each.high_max,
  ]);
}

Deno.test("recordedLimits() are those that 6.18 prints, CPU by CPU", () => {
  const printed = [{ high: 1200, highMin: 1000, highMax: 4000 }, {
    high: 1000,
    highMin: 1000,
    highMax: 4000,
  }];
  assertEquals(limits("v6_18", printed), [[1000, 1200, 4000], [1000, 1000, 4000]]);
});

Deno.test("recordedLimits() of 6.12 are those of the formula, and no fraction is set where CPUs differ", () => {
  assertEquals(limits("v6_12", [{ high: 1200 }, { high: 1000 }]), [[1000, 1200, 4000], [1000, 1000, 4000]]);
  assertEquals(limits("v6_12", [{ high: 1000 }, { high: 1000 }]), [[1000, 1000, 4000], [1000, 1000, 4000]]);
  // a limit below the formula's: it knows too few CPUs of the node
  assertEquals(limits("v6_12", [{ high: 800 }, { high: 900 }]), [[800, 800, 4000], [900, 900, 4000]]);
});

Deno.test("recordedLimits() of 6.12 are fixed where a fraction was set: all CPUs have the same", () => {
  assertEquals(limits("v6_12", [{ high: 320 }, { high: 320 }]), [[320, 320, 320], [320, 320, 320]]);
});

Deno.test("recordedLimits() of versions that do not tune are fixed", () => {
  assertEquals(limits("v6_1", [{ high: 1000 }, { high: 1000 }]), [[1000, 1000, 1000], [1000, 1000, 1000]]);
});
