/**
 * results/README.md says what the files hold.
 */
import { CROSS_CHECK_COLUMNS } from "../fuzz/replay/cross_check.ts";
import { assert, assertEquals } from "@std/assert";
import { wholeDictionary } from "../fuzz/dictionary.ts";
import { COLUMNS } from "../mod.ts";
import { BULK_HEADER, LATENCY_HEADER, STREAK_HEADER } from "../src/report/tables.ts";
import { REPLAY_HEADER, WHAT_IF_HEADER } from "../src/replay/replay_tables.ts";
import { AXES } from "../src/sweep/axis.ts";
import { CELL_COLUMNS } from "../src/sweep/tables.ts";
import { COMPARE_COLUMNS } from "../src/report/bench_compare.ts";

const written = Deno.readTextFileSync(new URL("../results/README.md", import.meta.url));

Deno.test("results/README.md is what `deno task dictionary` writes", () => {
  assert(written === wholeDictionary(), "results/README.md is out of date: run `deno task dictionary`");
});

/** Names of the columns that a section of the dictionary has. */
function namesOf(file: string): string[] {
  const section = written.split(/^## /m).find((text) => text.startsWith(`${file}\n`)) ?? "";
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
}

Deno.test("results/README.md has a row for every column of every file, in order", () => {
  const columns = (header: string) => header.trimEnd().split(",");
  const files: Readonly<Record<string, readonly string[]>> = {
    "runs.csv": COLUMNS.map((c) => c.name),
    "latency.csv": columns(LATENCY_HEADER),
    "kfree_bulk.csv": columns(BULK_HEADER),
    "miss_streaks.csv": columns(STREAK_HEADER),
    "meta.json": [
      "version",
      "commit",
      "command",
      "recordings",
      "question",
      "expected",
      "refutedBy",
      "axes",
      "rule",
      "options",
    ],
    "compare.csv": COMPARE_COLUMNS.map((c) => c.name),
    "cells.csv": CELL_COLUMNS,
    "replay.csv": columns(REPLAY_HEADER),
    "what_if.csv": columns(WHAT_IF_HEADER),
    "cross_check.csv": CROSS_CHECK_COLUMNS,
  };
  for (const [file, names] of Object.entries(files)) assertEquals(namesOf(file), names, file);
});

Deno.test("results/README.md knows every CSV file of the reference run", () => {
  const folder = new URL("../results/reference/", import.meta.url);
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (!isDirectory) continue;
    for (const file of Deno.readDirSync(new URL(`${name}/`, folder))) {
      if (!file.name.endsWith(".csv")) continue;
      const header = Deno.readTextFileSync(new URL(`${name}/${file.name}`, folder)).split("\n")[0]!;
      const names = header.split(",");
      const known = file.name === "cells.csv" ? names.filter((n) => AXES[n] === undefined) : names.slice(1);
      assertEquals(names[0], "cell");
      assertEquals(known, namesOf(file.name), `${name}/${file.name}`);
    }
  }
});
