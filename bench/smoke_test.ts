/** Every benchmark at smoke size: it runs, does the same work twice, and its groups have one baseline each. */
import { assertEquals, assertNotEquals } from "@std/assert";
import type { Case } from "./cases.ts";
import { kvfreeRcuCases } from "./kvfree_rcu.ts";
import { pageMixCases } from "./page_mix.ts";
import { pagePathCases } from "./page_paths.ts";

const SUITES: Readonly<Record<string, () => Case[]>> = {
  "page_paths.ts": () => pagePathCases("smoke"),
  "page_mix.ts": () => pageMixCases("smoke"),
  "kvfree_rcu.ts": () => kvfreeRcuCases("smoke"),
};

for (const [file, cases] of Object.entries(SUITES)) {
  Deno.test(`${file} runs every case at smoke size`, () => {
    for (const { name, run } of cases()) assertNotEquals(run(), 0, name);
  });

  Deno.test(`${file} does the same work on a new machine`, () => {
    const first = cases().map((c) => c.run());
    assertEquals(cases().map((c) => c.run()), first);
  });

  Deno.test(`${file} has one baseline a group`, () => {
    const groups = Map.groupBy(cases(), (c) => c.group);
    for (const [group, members] of groups) {
      assertEquals(members.filter((c) => c.baseline).length, 1, group);
    }
  });
}
