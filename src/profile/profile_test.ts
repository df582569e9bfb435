/**
 * Profiles, known bugs, costs and strategies: what can be named, and what a wrong name is told.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { STRATEGIES, strategyNamed } from "../strategy/registry.ts";
import { COSTS, costTable } from "./cost.ts";
import { hadBug, KNOWN_BUGS, mendBugs } from "./known_bugs.ts";
import { profileNamed, PROFILES } from "./profile.ts";

Deno.test("profileNamed() gives 5.9 its constants, and what depends on HZ follows it", () => {
  const p = profileNamed("v5_9");
  assertEquals([p.HZ, p.KVFREE_BULK_MAX_ENTR, p.rcu_min_cached_objs, p.prefillCache], [250, 510, 2, true]);
  assertEquals([p.RCU_FANOUT_LEAF, p.RCU_FANOUT, p.pageblock_order], [16, 64, 9]);
  assertEquals([100, 250, 300, 1000].map((HZ) => profileNamed("v5_9", { HZ }).kfreeDrainJiffies), [
    2,
    5,
    6,
    20,
  ]);
  assertEquals(profileNamed("v5_9", { debugVm: true }).debugVm, true);
  for (const [name, profile] of Object.entries(PROFILES)) assertEquals(profile.name, name);
  assertThrows(() => profileNamed("v4_4"), RangeError, `expected one of v5_9`);
});

Deno.test("mendBugs() mends every known bug but those left in", () => {
  const p = profileNamed("v5_9");
  for (const bug of KNOWN_BUGS) {
    const left = mendBugs(p, [bug.name]);
    const mended = mendBugs(p, []);
    for (const [key, value] of Object.entries(bug.fix)) {
      assertEquals(mended[key as keyof typeof p], value);
      assertEquals(left[key as keyof typeof p], p[key as keyof typeof p]);
    }
  }
  assertThrows(
    () => mendBugs(p, ["B1", "b1"]),
    RangeError,
    `expected one of B1, B2, no16, no20, no22, no23, no24, rfc1, got "b1"`,
  );
});

Deno.test("hadBug() says which versions had which bugs", () => {
  const had = (name: string) =>
    KNOWN_BUGS.filter((bug) => hadBug(profileNamed(name), bug)).map((bug) => bug.name).join(" ");
  assertEquals(had("v5_9"), KNOWN_BUGS.map((bug) => bug.name).join(" "));
  assertEquals(had("v5_12"), "B1 B2 no22 no23 no24");
  assertEquals(had("v5_14"), "B1 B2 no22");
  assertEquals(["v6_1", "v6_3", "v6_12", "v6_18"].map(had), ["", "", "", ""]);
});

Deno.test("costTable() takes the nominal value or an end of each cost, times the slowdown, the memory's aside", () => {
  const [nominal, low, high, slow] = [
    costTable(),
    costTable("low"),
    costTable("high"),
    costTable("nominal", 15),
  ];
  for (const [name, cost] of Object.entries(COSTS)) {
    const key = name as keyof typeof COSTS;
    assert(cost.lowNs > 0 && cost.lowNs <= cost.ns && cost.ns <= cost.highNs && cost.source !== "", name);
    assertEquals([nominal[key], low[key], high[key], slow[key]], [
      cost.ns,
      cost.lowNs,
      cost.highNs,
      name === "cacheMiss" ? cost.ns : cost.ns * 15,
    ]);
  }
});

Deno.test("costTable() of emulated code: plain code costs what it did, and what stalls a processor less", () => {
  const [nominal, emulated, slow] = [costTable(), costTable("emulated"), costTable("emulated", 10)];
  const less = Object.keys(COSTS).filter((name) => {
    const key = name as keyof typeof COSTS;
    assert(emulated[key] > 0 && emulated[key] <= nominal[key], name);
    assertEquals(slow[key], name === "cacheMiss" ? nominal[key] : emulated[key] * 10);
    return emulated[key] < nominal[key];
  });
  assertEquals(less, ["irqSaveRestore", "lock", "traceEvent", "traceLine", "program"]);
});

Deno.test("strategyNamed() finds each strategy by its name and lists them to who asks for another", () => {
  for (const strategy of STRATEGIES) assertEquals(strategyNamed(strategy.name), strategy);
  const names = STRATEGIES.map((s) => s.name);
  assertEquals(new Set(names).size, names.length);
  assertThrows(() => strategyNamed("lock"), RangeError, `expected one of ${names.join(", ")}, got "lock"`);
});
