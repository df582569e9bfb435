import { assertEquals } from "@std/assert";
import { MIGRATE } from "../mm/gfp.ts";
import { order_to_pindex } from "../mm/pcp_policy.ts";
import { profileNamed } from "../profile/profile.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { NOTHING, type PageLists, UNKNOWN } from "./page_lists.ts";
import { replayMachine } from "./replay_machine.ts";

function machine(profile = "v5_9") {
  const geometry = geometryFromSize({ memoryBytes: 64 << 20, cpus: 2, nodes: 1 });
  return replayMachine(geometry, profileNamed(profile), { size: null, fraction: 0 });
}

/** Entries of a list from the head on. */
function entries(lists: PageLists, list: number): number[] {
  const found: number[] = [];
  lists.each(list, (entry) => found.push(entry) > 0);
  return found;
}

Deno.test("PageLists keeps pages and placeholders in order, and counts both", () => {
  const { lists, pcp } = machine();
  lists.addLast(4, UNKNOWN);
  lists.addFirst(4, 5000);
  lists.addLast(4, 5001);
  assertEquals(entries(lists, 4), [5000, UNKNOWN, 5001]);
  assertEquals([pcp.count[1], pcp.count[0]], [3, 0]);
  assertEquals([lists.takeFirst(4), lists.first(4), lists.listOf(5000)], [5000, UNKNOWN, -1]);
  lists.remove(5001);
  assertEquals([lists.takeLast(4), lists.first(4), pcp.count[1]], [UNKNOWN, NOTHING, 0]);
});

Deno.test("PageLists has more placeholders than it made at first", () => {
  const { lists, pcp } = machine();
  lists.setLength(0, 40_000);
  lists.setLength(7, 40_000);
  assertEquals([lists.length(0), lists.length(7), pcp.count[0], pcp.count[2]], [
    40_000,
    40_000,
    40_000,
    40_000,
  ]);
  assertEquals(lists.clear(0), 40_000);
  lists.setLength(0, 10);
  assertEquals(lists.length(0), 10);
});

Deno.test("PageLists.drain() takes pages as free_pcppages_bulk() of 5.9 does: MRUMRUM of five each", () => {
  const { lists } = machine();
  for (let i = 0; i < 5; i++) {
    for (let type = 0; type < 3; type++) lists.addFirst(3 + type, 5000 + 100 * type + i);
  }
  const gone: number[] = [];
  assertEquals(lists.drain(1, 7, 0, (entry) => gone.push(entry)), 7);
  assertEquals(gone, [5100, 5200, 5000, 5101, 5201, 5001, 5102]);
  assertEquals(lists.drain(1, 100, 0), 8);
});

Deno.test("PageLists.retype() puts a page where its age belongs", () => {
  const { lists } = machine();
  for (const [now, list, pfn] of [[1, 3, 5001], [2, 4, 5002], [3, 3, 5003], [4, 4, 5004]] as const) {
    lists.now = now;
    lists.addFirst(list, pfn);
  }
  lists.retype(5002, 0);
  assertEquals(entries(lists, 3), [5003, 5002, 5001]);
  lists.retype(5003, 1);
  assertEquals(entries(lists, 4), [5004, 5003]);
});

Deno.test("PageLists.retype() leaves a block of several pages on a list of its order, and the count as it was", () => {
  const { lists, pcp, pcpLists } = machine("v6_1");
  const list = pcpLists + order_to_pindex(MIGRATE.UNMOVABLE, 2); // of pcp 1
  lists.addFirst(list, 5000);
  assertEquals([lists.typeOf(list), pcp.count[1]], [MIGRATE.UNMOVABLE, 4]);
  lists.retype(5000, MIGRATE.MOVABLE);
  assertEquals([lists.listOf(5000), pcp.count[1]], [pcpLists + order_to_pindex(MIGRATE.MOVABLE, 2), 4]);
});

Deno.test("PageLists cuts what is older, and what lies behind a page", () => {
  const { lists } = machine();
  for (let i = 1; i <= 5; i++) {
    lists.now = i;
    lists.addFirst(3, 5000 + i);
  }
  lists.cutOlder(3, 2);
  assertEquals(entries(lists, 3), [5005, 5004, 5003]);
  lists.cutFrom(3, 5004);
  assertEquals(entries(lists, 3), [5005]);
});
