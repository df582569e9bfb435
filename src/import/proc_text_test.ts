import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseBuddyinfo } from "./buddyinfo.ts";
import { ImportError } from "./import_error.ts";
import { parsePagetypeinfo } from "./pagetypeinfo.ts";
import { parsePcplists } from "./pcplists.ts";
import { ProcText } from "./proc_text.ts";
import { parseVmstat } from "./vmstat.ts";
import { parseZoneinfo } from "./zoneinfo.ts";

const PARSERS = [
  [parseBuddyinfo, "Node 0, zone      DMA      1      0      3 \n"],
  [parseVmstat, "nr_free_pages 237592\noom_kill 0\n"],
  [
    parsePcplists,
    "nid zone start_pfn spanned cpu count high batch unmovable movable reclaimable\n0 DMA 1 4095 0 7 9 1 1 2 4\n",
  ],
  [
    parsePagetypeinfo,
    "Page block order: 1\nPages per block:  2\n\nFree pages count per migrate type at order 0 1 \n" +
    "Node    0, zone    DMA, type    Unmovable      1      0 \n\nNumber of blocks type     Unmovable \n" +
    "Node 0, zone    DMA           16 \n",
  ],
  [
    parseZoneinfo,
    "Node 0, zone DMA\n pages free 3\n min 1\n low 2\n high 3\n spanned 9\n present 9\n managed 9\n" +
    " protection: (0)\n nr_free_pages 3\n pagesets\n cpu: 0\n count: 0\n high: 0\n batch: 1\n start_pfn: 1\n",
  ],
] as const;

Deno.test("ProcText counts lines from 1 and gives each once", () => {
  const proc: ProcText = new ProcText("vmstat", "a 1  \r\nb 2\n", "f");
  assertEquals([proc.peek(), proc.next(), proc.next(), proc.next()], ["a 1", "a 1", "b 2", undefined]);
  assertThrows(() => proc.fail("b", "3", "2"), ImportError, 'f:2: Cannot read vmstat: "b" must be 3, got 2');
});

Deno.test("ProcText.whole() takes whole numbers up to its limit", () => {
  const proc: ProcText = new ProcText("vmstat", "a 1\n", "f");
  assertEquals([proc.whole("a", "0", 10), proc.whole("a", "10", 10)], [0, 10]);
  for (const text of ["11", "-1", "1e3", "", " 1", "0x1", "١"]) {
    assertThrows(() => proc.whole("a", text, 10), ImportError, '"a" must be a whole number');
  }
  assertThrows(() => proc.whole("a", undefined, 10), ImportError, "got nothing");
});

Deno.test("each parser of a /proc file refuses an empty file, binary data, a cut last line, and other files", () => {
  for (const [parse, own] of PARSERS) {
    for (const text of ["", " \n", "\x1f\x8b\x08\n", own.slice(0, -1)]) {
      assertThrows(() => parse(text), ImportError);
    }
    for (const [, other] of PARSERS) {
      if (other !== own) assertThrows(() => parse(other), ImportError);
    }
  }
});

Deno.test("each parser of a /proc file throws nothing but ImportError", () => {
  for (const [parse, own] of PARSERS) {
    const lines = own.split("\n");
    fc.assert(
      fc.property(fc.nat(lines.length), fc.array(fc.string(), { maxLength: 3 }), (at, instead) => {
        try {
          parse([...lines.slice(0, at), ...instead, ...lines.slice(at + 1)].join("\n"));
        } catch (error) {
          if (!(error instanceof ImportError)) throw error;
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  }
});
