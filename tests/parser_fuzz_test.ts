/**
 * Damaged files into every parser of outside text. Whatever the bytes are, a parser ends soon, in little memory, and
 * throws nothing but its documented error, whose message says where the fault is and is fit for a terminal.
 *
 * A longer run: `deno test -A tests/parser_fuzz_test.ts -- --runs 100000`; `--seed N` gives other inputs, and
 * `--filter NAME` before the two dashes takes one parser.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { KEPT_TARGETS } from "./support/kept_targets.ts";
import { parserInputs } from "./support/parser_inputs.ts";
import { PARSER_TARGETS, type ParserTarget } from "./support/parser_targets.ts";
import { TASK_TARGETS } from "./support/task_targets.ts";

/** Number behind an option of the command line. */
function option(name: string, fallback: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
}

/** Inputs of a parser of cost 1. */
const RUNS = option("runs", 800);
const SEED = option("seed", 20200918);
/** Time that one input may take: far more than it does, since this machine may be busy. */
const INPUT_MS_MAX = 5000;
/** Memory by which the process may grow with one input: garbage of a machine's size is normal, more of it is not. */
const GROWTH_BYTES_MAX = 1 << 29;
const MESSAGE_MAX = 1500;

/** A message is text for a terminal: no control characters but its own ends of lines. */
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const UNFIT = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/;

function checkFault(target: ParserTarget, fault: unknown): void {
  const isKnown = target.errors.some((kind) => fault instanceof kind && fault.constructor === kind);
  if (!isKnown) throw fault;
  const { message } = fault as Error;
  assert(target.message.test(message), `a message that says where: ${JSON.stringify(message)}`);
  assert(message.length <= MESSAGE_MAX, `a message of ${message.length} characters`);
  assertEquals(UNFIT.exec(message), null, JSON.stringify(message));
}

/** What became of the inputs, for those who want figures. */
interface Tally {
  accepted: number;
  refused: number;
  msMax: number;
  growthMax: number;
}

/** Reads an input; what was thrown, if anything was, and how long it took. */
async function timed(target: ParserTarget, bytes: Uint8Array): Promise<{ fault: unknown; ms: number }> {
  const startedMs = performance.now();
  let fault: unknown;
  try {
    await target.read(bytes);
  } catch (error) {
    fault = error;
  }
  return { fault, ms: performance.now() - startedMs };
}

async function tryInput(target: ParserTarget, bytes: Uint8Array, tally: Tally): Promise<void> {
  const { rss } = Deno.memoryUsage();
  let { fault, ms } = await timed(target, bytes);
  const growth = Deno.memoryUsage().rss - rss;
  if (fault === undefined) tally.accepted++;
  else {
    checkFault(target, fault);
    tally.refused++;
  }
  // on a busy machine anything may take long once
  for (let again = 0; again < 2 && ms > INPUT_MS_MAX; again++) {
    ms = Math.min(ms, (await timed(target, bytes)).ms);
  }
  tally.msMax = Math.max(tally.msMax, ms);
  tally.growthMax = Math.max(tally.growthMax, growth);
  assert(ms < INPUT_MS_MAX, `${bytes.length} bytes took ${Math.round(ms)} ms`);
  assert(growth < GROWTH_BYTES_MAX, `${bytes.length} bytes took ${growth} bytes of memory`);
}

/** The input that shows a fault, as text, and how to have it again. */
function storyOf({ seed, counterexamplePath, counterexample, numRuns }: fc.RunDetails<[Uint8Array]>): string {
  const [bytes] = counterexample!;
  const begins = new TextDecoder().decode(bytes).slice(0, 600);
  return `input ${numRuns} of seed ${seed} (path ${counterexamplePath}), ${bytes.length} bytes: ` +
    JSON.stringify(begins);
}

for (const target of [...PARSER_TARGETS, ...TASK_TARGETS, ...KEPT_TARGETS]) {
  Deno.test(`${target.name}: damaged input ends soon, in its own error or in none`, async () => {
    const corpus = target.corpus();
    for (const file of corpus) await target.read(file);
    const tally = { accepted: 0, refused: 0, msMax: 0, growthMax: 0 };
    const result = await fc.check(
      fc.asyncProperty(parserInputs(corpus), (bytes) => tryInput(target, bytes, tally)),
      { seed: SEED, numRuns: Math.ceil(RUNS / target.cost) },
    );
    if (result.failed) throw new Error(storyOf(result), { cause: result.errorInstance });
    assert(tally.refused > 0 && tally.accepted > 0, "some inputs are accepted and some refused");
    if (!Deno.args.includes("--runs")) return;
    const { accepted, refused, msMax, growthMax } = tally;
    const most = `at most ${Math.ceil(msMax)} ms and ${Math.ceil(growthMax / 2 ** 20)} MiB`;
    console.log(`${target.name}: ${accepted + refused} inputs, ${refused} refused, ${most}`);
  });
}
