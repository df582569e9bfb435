/**
 * Files that a task keeps to go on with later, damaged: the search of `explore --frontier` and the runs of
 * `fuzz --corpus`.
 *
 * @module
 */
import { assert } from "@std/assert";
import { main as explore } from "../../fuzz/explore/main.ts";
import { main as fuzz } from "../../fuzz/main.ts";
import { checkSumOf } from "../../src/explore/checkpoint.ts";
import type { ParserTarget } from "./parser_targets.ts";
import { called, inSandbox, Refused } from "./sandbox.ts";

const REFUSAL = /^\/out\/[^:]+: /;
const EXPLORE = ["--cpus", "2", "--operations", "2", "--quiet"];
const FUZZ = ["--mem", "16M", "--calls", "3", "--scheduler", "random", "--seed", "4", "--quiet"];

/** What a call keeps in a folder, by path. */
async function keptBy(
  main: typeof explore | typeof fuzz,
  argv: (folder: string) => readonly string[],
): Promise<Uint8Array[]> {
  const folder = Deno.makeTempDirSync();
  try {
    const { code, said } = await called(main, argv(folder));
    assert(code === 0, said);
    const kept = `${folder}/kept`;
    const names = Deno.statSync(kept).isFile
      ? [""]
      : [...Deno.readDirSync(kept)].map(({ name }) => `/${name}`);
    return names.sort().map((name) => Deno.readFileSync(`${kept}${name}`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const SEARCHES = await keptBy(
  explore,
  (folder) => [...EXPLORE, "--limit", "50", "--frontier", `${folder}/kept`],
);
const RUNS = await keptBy(fuzz, (folder) => {
  return [...FUZZ, "--runs", "2", "--corpus", `${folder}/kept`, "--out", `${folder}/out`];
});

/** The check sum is right again after the damage: anybody can make one. */
function summedUp(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(10);
  if (end < 9) return bytes;
  const json = new TextDecoder().decode(bytes.subarray(9, end));
  const body = bytes.slice(end + 1);
  const slots = new Int32Array(body.buffer, 0, body.length >> 2);
  const line = new TextEncoder().encode(`${checkSumOf(json, slots)} ${json}\n`);
  return Uint8Array.from([...line, ...body]);
}

const searchTarget = (name: string, mend: (bytes: Uint8Array) => Uint8Array): ParserTarget => ({
  name,
  cost: 20,
  corpus: () => SEARCHES,
  read: (bytes) =>
    inSandbox({
      main: explore,
      files: {},
      kept: { search: mend(bytes) },
      argv: (_, out) => [...EXPLORE, "--frontier", `${out}/search`],
    }),
  errors: [Refused],
  message: REFUSAL,
});

/** All targets. */
export const KEPT_TARGETS: readonly ParserTarget[] = [
  searchTarget("explore --frontier: torn search", (bytes) => bytes),
  searchTarget("explore --frontier: search with right check sum", summedUp),
  {
    name: "fuzz --corpus",
    cost: 40,
    corpus: () => RUNS,
    read: (bytes) =>
      inSandbox({
        main: fuzz,
        files: {},
        kept: { "corpus/run.txt": bytes },
        argv: (_, out) => [...FUZZ, "--runs", "2", "--corpus", `${out}/corpus`, "--out", `${out}/new`],
      }),
    errors: [Refused],
    message: REFUSAL,
  },
];
