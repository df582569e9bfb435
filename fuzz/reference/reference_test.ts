/** `deno task reference`: what it compares. That the committed run is up to date is a step of .ci/run of its own. */
import { assert, assertMatch } from "@std/assert";
import { EXPERIMENTS } from "./experiments.ts";
import { differences } from "./main.ts";

const FOLDER = decodeURIComponent(new URL("../../results/reference", import.meta.url).pathname);

function bytesOf(folder: string): number {
  let sum = 0;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    sum += entry.isDirectory ? bytesOf(path) : Deno.statSync(path).size;
  }
  return sum;
}

Deno.test("differences() finds a changed digit and says where", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const { name } of EXPERIMENTS) Deno.mkdirSync(`${folder}/${name}`);
    const copy = (path: string) => Deno.copyFileSync(`${FOLDER}/${path}`, `${folder}/${path}`);
    for (const { name } of EXPERIMENTS) {
      for (const entry of Deno.readDirSync(`${FOLDER}/${name}`)) copy(`${name}/${entry.name}`);
    }
    const picture = Deno.readTextFileSync(`${FOLDER}/hit_rate.svg`);
    Deno.writeTextFileSync(
      `${folder}/hit_rate.svg`,
      picture.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    );
    const found = differences(folder, true);
    assert(found.length >= 1);
    assertMatch(found.at(-1)!, /^hit_rate\.svg: line 1 was "/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("results/reference is small, and every experiment has its question", () => {
  assert(bytesOf(FOLDER) < 3e6, `${bytesOf(FOLDER)} bytes`);
  for (const { name, question, expected, refuted, runs } of EXPERIMENTS) {
    assert(runs.length > 0 && [question, expected, refuted].every((t) => /[.?]$/.test(t)), name);
  }
});
