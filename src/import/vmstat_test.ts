import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ImportError } from "./import_error.ts";
import { parseVmstat } from "./vmstat.ts";

const VMSTAT = "nr_free_pages 237592\npgalloc_dma 1\noom_kill 0\n";

function fault(text: string): string {
  return assertThrows(() => parseVmstat(text, "f"), ImportError).message;
}

Deno.test("parseVmstat() keeps every counter by its name", () => {
  assertEquals(parseVmstat(VMSTAT), { nr_free_pages: 237592, pgalloc_dma: 1, oom_kill: 0 });
});

Deno.test("parseVmstat() refuses what is no counter, and a counter that comes twice", () => {
  assertEquals(
    fault("nr_free_pages NaN\n"),
    'f:1: Cannot read vmstat: "nr_free_pages" must be a whole number, got "NaN"',
  );
  assertStringIncludes(fault(VMSTAT + VMSTAT), '"nr_free_pages" must be printed once');
  assertStringIncludes(fault("pgfault 1\n"), '"nr_free_pages" must be there');
  assertStringIncludes(fault("MemTotal:  1014240 kB\n"), "a name and a number");
});
