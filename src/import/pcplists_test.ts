import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ImportError } from "./import_error.ts";
import { parsePcplists } from "./pcplists.ts";

const PCPLISTS = "nid zone start_pfn spanned cpu count high batch unmovable movable reclaimable\n" +
  "0 DMA 1 4095 0 0 0 1 0 0 0\n0 DMA32 4096 258006 0 320 378 63 63 249 8\n0 DMA32 4096 258006 1 7 378 63 1 2 4\n";

function fault(text: string): string {
  return assertThrows(() => parsePcplists(text, "f"), ImportError).message;
}

Deno.test("parsePcplists() reads one row for each zone and CPU", () => {
  const rows = parsePcplists(PCPLISTS);
  assertEquals(rows.length, 3);
  assertEquals(rows[1], {
    nid: 0,
    zone: "DMA32",
    startPfn: 4096,
    spanned: 258006,
    cpu: 0,
    count: 320,
    high: 378,
    batch: 63,
    unmovable: 63,
    movable: 249,
    reclaimable: 8,
  });
});

Deno.test("parsePcplists() refuses lists that do not add up, and a row that comes twice", () => {
  assertEquals(
    fault(PCPLISTS.replace(" 249 ", " 250 ")),
    'f:3: Cannot read pcplists: "count" must be the sum of the lists (321), got 320',
  );
  assertStringIncludes(fault(PCPLISTS.replace("4096 258006 1 7", "4096 258006 0 7")), "once");
  assertStringIncludes(fault(PCPLISTS.split("\n")[0] + "\n"), "only a header");
  assertStringIncludes(fault(PCPLISTS.replace("cpu ", "")), "the columns");
});
