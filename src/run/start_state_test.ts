/**
 * What lies on the per-CPU lists when a run begins.
 */
import { assertEquals } from "@std/assert";
import { pcpListHead, pcpOf } from "../mm/mm.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";
import { planMachine } from "./plan.ts";

Deno.test("fillLists() keeps lists that are longer than the machine's size, and shares out the size of another", () => {
  const made = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 });
  const zone = made.zones.length - 1;
  const geometry = {
    ...made,
    zones: made.zones.map((z, i) => i === zone ? { ...z, pcp: { high: 62, batch: 15 } } : z),
  };
  const initialPcp = [{ zone, cpu: 1, pages: [50, 40, 34] as const }];
  const listsWith = (changes: Partial<RunOptions>) => {
    const { m } = planMachine({ ...defaultRunOptions(geometry), initialPcp, ...changes });
    const pcp = pcpOf(m, zone, 1);
    const lengths = [0, 1, 2].map((type) => {
      const head = pcpListHead(m, pcp, type);
      let length = 0;
      for (let at = m.link.next[head]!; at !== head; at = m.link.next[at]!) length++;
      return length;
    });
    return [m.pcp.high[pcp], m.pcp.count[pcp], ...lengths];
  };
  assertEquals(listsWith({}), [62, 124, 50, 40, 34]);
  assertEquals(listsWith({ pcp: { high: 31, batch: 7 } }), [31, 30, 12, 10, 8]);
  assertEquals(listsWith({ pcp: { high: 200, batch: 7 } }), [200, 124, 50, 40, 34]);
});
