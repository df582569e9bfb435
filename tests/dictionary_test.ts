/**
 * results/README.md says what the files hold.
 */
import { assert, assertEquals } from "@std/assert";
import { BULK_HEADER, COLUMNS, LATENCY_HEADER, resultsDictionary } from "../mod.ts";

Deno.test("results/README.md is what `deno task dictionary` writes", () => {
  const written = Deno.readTextFileSync(new URL("../results/README.md", import.meta.url));
  assert(written === resultsDictionary(), "results/README.md is out of date: run `deno task dictionary`");
});

Deno.test("resultsDictionary() has a row for every column of every file", () => {
  const names = [...resultsDictionary().matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  const columns = (header: string) => header.trimEnd().split(",");
  assertEquals(names, [
    ...COLUMNS.map((c) => c.name),
    ...columns(LATENCY_HEADER),
    ...columns(BULK_HEADER),
    ...["version", "commit", "command", "options"],
  ]);
});
