/** What is found out before work that takes long: that its results can be written, and that its files can be read. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { main as fuzz } from "../main.ts";
import { main as report } from "../report/main.ts";
import { OutputError, UnreadableFile } from "./exit.ts";
import { nameIn, probeFile, probeFolder } from "./probe.ts";
import { readText } from "./read_text.ts";

function withFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("nameIn() knows a file of a folder however both are spelt, whether they are there or not", () => {
  withFolder((folder) => {
    Deno.mkdirSync(`${folder}/there`);
    const hasLinks = Deno.build.os !== "windows"; // where they need a right of their own
    if (hasLinks) Deno.symlinkSync(`${folder}/there`, `${folder}/link`);
    for (const name of ["there", "not yet"]) {
      const own = `${folder}/${name}`;
      for (const path of [own, `${own}/`, `${own}//.`, `${folder}/./${name}`, `${own}/../${name}`]) {
        assertEquals([nameIn(own, `${path}/runs.csv`), nameIn(path, `${own}/runs.csv`)], [
          "runs.csv",
          "runs.csv",
        ]);
      }
      for (const path of [`${own}/in/runs.csv`, `${folder}/runs.csv`, "runs.csv", `${own}runs.csv`]) {
        assertEquals(nameIn(own, path), null, path);
      }
    }
    assertEquals(nameIn(`${folder}/link`, `${folder}/there/runs.csv`), hasLinks ? "runs.csv" : null);
  });
  for (const folder of [".", "./", "./.", Deno.cwd(), "a/.."]) {
    assertEquals(nameIn(folder, "runs.csv"), "runs.csv");
  }
  for (const folder of ["a", "./a/", "a/b/..", `${Deno.cwd()}/a`]) assertEquals(nameIn(folder, "a/x"), "x");
  assertEquals(nameIn("a", "b/x"), null);
});

Deno.test("probeFile() and probeFolder() pass where results can be written, and leave nothing behind", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/old`, "content");
    for (const name of ["old", "new"]) probeFile(`${folder}/${name}`);
    probeFile(`${folder}/a/b/new`, `${folder}/a/b/`); // a folder that the task will make
    for (const name of ["", "/", "/a/b/"]) probeFolder(`${folder}${name}`);
    probeFolder(".");
    assertEquals(namesIn(folder), ["old"]);
    assertEquals(Deno.readTextFileSync(`${folder}/old`), "content");
    for (const name of ["", "/a/new", "/old/new"]) {
      assertThrows(() => probeFile(`${folder}${name}`), OutputError, `Cannot write ${folder}${name}: `);
    }
    assertThrows(() => probeFolder(`${folder}/old/a`), OutputError, `Cannot write to ${folder}/old/a: `);
    assertEquals(namesIn(folder), ["old"]);
  });
});

Deno.test("fuzz --timeline and report --out are refused where they cannot be written, or name a result", () => {
  withFolder((folder) => {
    const said: string[] = [];
    const { error } = console;
    console.error = (text: string) => void said.push(text);
    try {
      const out = [
        "--out",
        `${folder}/out`,
        "--runs",
        "1",
        "--calls",
        "20",
        "--quiet",
        "--scheduler",
        "virtual",
      ];
      assertEquals(fuzz([...out, "--timeline", `${folder}/none/run.json`]), 3);
      assertMatch(said.join("\n"), /^Cannot write .*none\/run\.json: /);
      assertEquals(namesIn(folder), []);
      assertEquals(fuzz([...out, "--timeline", `${folder}/out/run.json`]), 0);
      const runs = Deno.readTextFileSync(`${folder}/out/runs.csv`);
      for (const own of ["runs.csv", "meta.json", "failure.txt"]) {
        assertEquals(fuzz([...out, "--timeline", `${folder}/out/${own}`]), 2);
        assertMatch(said.pop()!, /^Cannot use --timeline: expected another file than those of --out, got /);
        assertEquals(
          report([`${folder}/out/`, "--out", `${folder}/out//${own}`, "--quiet"]),
          own === "failure.txt" ? 0 : 2,
        );
      }
      assertEquals(Deno.readTextFileSync(`${folder}/out/runs.csv`), runs);
      assertEquals(namesIn(`${folder}/out`).includes("run.json"), true);
    } finally {
      console.error = error;
    }
  });
});

Deno.test({
  name: "a file of /proc is refused with what Deno allows, not with a flag that no task takes",
  ignore: Deno.build.os !== "linux",
  fn() {
    assertThrows(
      () => readText("/proc/zoneinfo"),
      UnreadableFile,
      "keeps its programs out of /proc, /sys and /dev",
    );
    assertThrows(() => probeFolder("/proc/none"), OutputError, "expected a file elsewhere");
  },
});
