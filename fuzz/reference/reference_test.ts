/** `deno task reference`: what it compares. That the committed run is up to date is a step of .ci/run of its own. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandOf, REFERENCE_SWEEPS } from "./experiments.ts";
import { difference, main, REFERENCE_FILES } from "./main.ts";
import { checkReplaceable } from "./replaceable.ts";
import { pathOf } from "../command/path_of.ts";

const FOLDER = pathOf("../../results/reference", import.meta.url);

function bytesOf(folder: string): number {
  let sum = 0;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    sum += entry.isDirectory ? bytesOf(path) : Deno.statSync(path).size;
  }
  return sum;
}

Deno.test("difference() says which line is not what it was", () => {
  assertEquals(difference("a\nb\nc\n", "a\nx\nc\n"), 'line 2 was "b", is "x"');
  assertEquals(difference("a\n", "a\nb\n"), 'line 2 was "", is "b"');
  assertEquals(difference("a\nb", "a"), 'line 2 was "b", is nothing');
});

Deno.test("results/reference is small, and has every experiment with its report and question", () => {
  assert(bytesOf(FOLDER) < 3e6, `${bytesOf(FOLDER)} bytes`);
  for (const reference of REFERENCE_SWEEPS) {
    const meta = JSON.parse(Deno.readTextFileSync(`${FOLDER}/${reference.name}/meta.json`));
    assertEquals(meta.command, commandOf(reference));
    for (const field of ["question", "expected", "refutedBy"]) {
      assertMatch(meta[field], /[.?]$/, reference.name);
    }
    const files = [...Deno.readDirSync(`${FOLDER}/${reference.name}`)].map((entry) => entry.name);
    assertEquals(files.sort(), [...REFERENCE_FILES].sort(), reference.name);
    const page = Deno.readTextFileSync(`${FOLDER}/${reference.name}/report.html`);
    const command = commandOf(reference).map((word) => `<span>${word}</span>`).join(" ");
    assert(page.includes(command) && page.includes('id="strategies"'), reference.name);
  }
});

Deno.test("reference --out takes the place of nobody's own results", async () => {
  const folder = Deno.makeTempDirSync();
  const said: string[] = [];
  const { error } = console;
  console.error = (text: string) => void said.push(text);
  try {
    const { name } = REFERENCE_SWEEPS.at(-1)!;
    const own = `${folder}/${name}`;
    Deno.mkdirSync(own);
    for (const [file, content] of [["journal.jsonl", ""], ["meta.json", '{"commit": "abc"}']] as const) {
      Deno.writeTextFileSync(`${own}/${file}`, content);
      assertEquals(await main(["--out", folder]), 3);
      assertMatch(said.pop()!, new RegExp(`^Cannot write .*/${name}: expected a new folder .*${file}`));
      assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), [name], "nothing is written");
      assertEquals(Deno.readTextFileSync(`${own}/${file}`), content);
      Deno.removeSync(`${own}/${file}`);
    }
    checkReplaceable(`${FOLDER}/${name}`, REFERENCE_FILES);
    checkReplaceable(`${folder}/none`, REFERENCE_FILES);
  } finally {
    console.error = error;
    Deno.removeSync(folder, { recursive: true });
  }
});
