import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ImportError } from "./import_error.ts";
import { parsePagetypeinfo } from "./pagetypeinfo.ts";

const PAGETYPEINFO = [
  "Page block order: 1",
  "Pages per block:  2",
  "",
  "Free pages count per migrate type at order       0      1      2 ",
  "Node    0, zone    DMA32, type    Unmovable      1      0      2 ",
  "Node    0, zone    DMA32, type      Movable >100000     3      4 ",
  "",
  "Number of blocks type     Unmovable      Movable ",
  "Node 0, zone    DMA32           16          235 ",
  "",
].join("\n");

function fault(text: string): string {
  return assertThrows(() => parsePagetypeinfo(text, "f"), ImportError).message;
}

Deno.test("parsePagetypeinfo() reads free counts and pageblocks by migratetype", () => {
  assertEquals(parsePagetypeinfo(PAGETYPEINFO), {
    pageBlockOrder: 1,
    pagesPerBlock: 2,
    orders: 3,
    types: ["Unmovable", "Movable"],
    zones: [{
      nid: 0,
      name: "DMA32",
      types: {
        Unmovable: { free: [1, 0, 2], cappedOrders: [] },
        Movable: { free: [100000, 3, 4], cappedOrders: [0] },
      },
      blocks: { Unmovable: 16, Movable: 235 },
    }],
  });
});

Deno.test("parsePagetypeinfo() puts nodes together, and passes over mixed blocks", () => {
  const mixed =
    "\nNumber of mixed blocks    Unmovable      Movable \nNode 0, zone    DMA32            3            1 \n";
  const text = PAGETYPEINFO + mixed +
    PAGETYPEINFO.replaceAll("Node    0", "Node    1").replaceAll("Node 0", "Node 1");
  assertEquals(parsePagetypeinfo(text).zones.map(({ nid, name }) => [nid, name]), [[0, "DMA32"], [
    1,
    "DMA32",
  ]]);
});

Deno.test("parsePagetypeinfo() refuses what contradicts itself", () => {
  const changed = (from: string | RegExp, to: string) => fault(PAGETYPEINFO.replace(from, to));
  assertStringIncludes(changed("per block:  2", "per block:  4"), "2 to the page block order");
  assertStringIncludes(changed("type    Unmovable", "type      Movable"), "printed once");
  assertStringIncludes(
    changed("Node    0, zone    DMA32, type    Unmovable      1      0      2 \n", ""),
    "there",
  );
  assertStringIncludes(changed("Node 0, zone    DMA32 ", "Node 0, zone   Normal"), "among the free counts");
  assertStringIncludes(changed(">100000", ">x"), '"order 0" must be a whole number');
  assertStringIncludes(changed(/Number of blocks(.|\n)*/, ""), '"Number of blocks type" must be there');
  assertStringIncludes(changed(/^(Free|Node).*\n/gm, ""), "at least one zone");
  assertStringIncludes(changed("     3      4 \n", "     3\n"), "3 counts");
});
