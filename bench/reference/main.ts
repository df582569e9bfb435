/**
 * The reference scenario here, in SPIN and under fast-check, in turn on this machine.
 *
 *     deno run --allow-read --allow-write --allow-run bench/reference/main.ts [CPUS OPERATIONS]
 */
import { WalkedReference } from "../../src/explore/reference.ts";
import { walk } from "../../src/explore/walk.ts";
import { Prng } from "../../src/sim/prng.ts";
import { fastCheckInterleavings } from "./fast_check.ts";

const HERE = `${import.meta.dirname}/`;
const ROUNDS = 3;

/** One side's figures of an exhaustive search. */
interface Searched {
  readonly seconds: number;
  readonly compileSeconds: number;
  readonly states: number;
  readonly megabytes: number;
}

async function output(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd }).output();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

async function secondsOf(work: () => Promise<unknown> | unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** SPIN with partial-order reduction, and COLLAPSE or the full store. */
async function spin(cpus: number, operations: number, flags: readonly string[]): Promise<Searched> {
  const folder = await Deno.makeTempDir();
  try {
    const compileSeconds = await secondsOf(async () => {
      await output("spin", ["-a", `-DCPUS=${cpus}`, `-DOPS=${operations}`, `${HERE}page_lists.pml`], folder);
      await output("gcc", ["-O2", "-DSAFETY", ...flags, "-o", "pan", "pan.c"], folder);
    });
    let text = "";
    const seconds = await secondsOf(async () => {
      text = await output(`${folder}/pan`, ["-m2000000", "-w24"], folder);
    });
    const figure = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
    if (figure(/errors: (\d+)/) !== 0) throw new Error(`SPIN found an error:\n${text}`);
    const megabytes = figure(/([\d.]+)\s+total actual memory usage/);
    return { seconds, compileSeconds, states: figure(/(\d+) states, stored/), megabytes };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** This explorer as a process of its own, start included. */
async function ours(cpus: number, operations: number, reduction: string): Promise<Searched> {
  const args = [
    "run",
    "--no-prompt",
    `${HERE}../../fuzz/explore/main.ts`,
    "--json",
    "--reduction",
    reduction,
  ];
  let text = "";
  const seconds = await secondsOf(async () => {
    text = await output(
      Deno.execPath(),
      [...args, "--cpus", `${cpus}`, "--operations", `${operations}`],
      HERE,
    );
  });
  const found = JSON.parse(text);
  return { seconds, compileSeconds: 0, states: found.states, megabytes: found.memory / 1e6 };
}

function show(name: string, { seconds, compileSeconds, states, megabytes }: Searched): void {
  const rate = (states / seconds / 1e6).toFixed(2);
  console.log(
    `${name.padEnd(30)} ${seconds.toFixed(2).padStart(7)} s  compile ${compileSeconds.toFixed(2)} s  ` +
      `${String(states).padStart(9)} states  ${rate} M states/s  ${megabytes.toFixed(0).padStart(5)} MB`,
  );
}

const [cpus, operations] = [Number(Deno.args[0] ?? 3), Number(Deno.args[1] ?? 9)];
for (let round = 0; round < ROUNDS; round++) {
  show("pcplab, chains", await ours(cpus, operations, "chains"));
  show("SPIN, POR and COLLAPSE", await spin(cpus, operations, ["-DCOLLAPSE"]));
  show("pcplab, every state kept", await ours(cpus, operations, "own"));
  show("SPIN, POR, full store", await spin(cpus, operations, []));
  for (const [n, k, runs] of [[2, 4, 2000], [3, 9, 500]] as const) {
    const size = { operations: Array(n).fill(k), pages: 6, high: 2, batch: 2 };
    const walked = runs * 50;
    const mine = walked / await secondsOf(() => walk(new WalkedReference(size), walked, new Prng("bench")));
    const theirs = runs / await secondsOf(() => fastCheckInterleavings(n, k, runs, new Prng("bench")));
    const ratio = (mine / theirs).toFixed(0);
    console.log(
      `${n} x ${k} interleavings a second: ${mine.toFixed(0)}, fast-check ${
        theirs.toFixed(0)
      }: ${ratio} times`,
    );
  }
}
