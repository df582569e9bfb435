import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ImportError } from "./import_error.ts";
import { parseBuddyinfo } from "./buddyinfo.ts";

const BUDDYINFO =
  "Node 0, zone      DMA      1      0      3 \nNode 1, zone   Normal      5      4    225 \n";

function fault(text: string): string {
  return assertThrows(() => parseBuddyinfo(text, "f"), ImportError).message;
}

Deno.test("parseBuddyinfo() reads free blocks by order", () => {
  assertEquals(parseBuddyinfo(BUDDYINFO), [
    { nid: 0, name: "DMA", free: [1, 0, 3] },
    { nid: 1, name: "Normal", free: [5, 4, 225] },
  ]);
});

Deno.test("parseBuddyinfo() refuses rows that differ in length, and a zone that comes twice", () => {
  assertEquals(
    fault(BUDDYINFO.replace(" 225", "")),
    "f:2: Cannot read buddyinfo: the line must be 3 counts, got 2",
  );
  assertStringIncludes(fault(BUDDYINFO + BUDDYINFO), '"Node 0, zone DMA" must be printed once');
  assertEquals(
    fault(BUDDYINFO.replace("225", "-3")),
    'f:2: Cannot read buddyinfo: "order 2" must be a whole number, got "-3"',
  );
  assertStringIncludes(fault(`Node 0, zone DMA ${"1 ".repeat(33)}\n`), "32 counts");
});
