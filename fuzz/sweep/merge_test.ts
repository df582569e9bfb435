/**
 * `deno task merge`: what it writes beside the tables, so that the folder can be used like any other.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { main as report } from "../report/main.ts";
import { main as sweep } from "./main.ts";
import { main as merge } from "./merge.ts";

/** An experiment with axes that are short. */
const CALL = [
  ...["rt", "--axis", "preemption=full,rt", "--axis", "kfree_loops=1", "--strategy", "lockless,nowait"],
  ...["--axis", "kfree_alloc_num=500", "--seeds", "2", "--ci", "0.25", "--seed", "a seed"],
  ...["--workers", "1", "--quiet"],
];

const metaOf = (folder: string) => JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));

Deno.test("merge writes the meta.json of the whole sweep, of which report and --config make use", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const at = (name: string) => ["--out", `${folder}/${name}`];
    assertEquals(await sweep([...CALL, ...at("one")]), 0);
    for (const i of [1, 2]) assertEquals(await sweep([...CALL, "--shard", `${i}/2`, ...at(`${i}`)]), 0);
    assertEquals(await merge([`${folder}/1`, `${folder}/2`, "--quiet", ...at("merged")]), 0);
    const [{ command: _, ...one }, { command, ...merged }] = ["one", "merged"].map((name) =>
      metaOf(`${folder}/${name}`)
    );
    assertEquals(merged, one);
    assertEquals(report([`${folder}/merged`, "--quiet"]), 0);
    const page = Deno.readTextFileSync(`${folder}/merged/report.html`);
    assertStringIncludes(page, "Refuted by: ");
    assertStringIncludes(page.replaceAll(/<.?span>/g, ""), "deno task sweep rt ");

    assertEquals(command.slice(0, 4), ["deno", "task", "sweep", "rt"]);
    assertEquals(await sweep(["--config", `${folder}/merged/meta.json`, "--quiet", ...at("again")]), 0);
    for (const name of ["runs.csv", "cells.csv", "latency.csv"]) {
      const [again, whole] = ["again", "one"].map((each) =>
        Deno.readTextFileSync(`${folder}/${each}/${name}`)
      );
      assertEquals(again, whole);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
