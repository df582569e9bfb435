/**
 * Measures rounds of `deno bench` in one checkout, or in two in turn.
 */
import { joinRounds, type KeptBenches, parseRound } from "../../src/report/bench_rounds.ts";
import { EXIT, UnreadableFile } from "../command/exit.ts";
import { pathOf } from "../command/path_of.ts";
import { Progress } from "../command/progress.ts";
import type { BenchRequest } from "./arguments.ts";

const HERE = pathOf("../../", import.meta.url);

function benchArguments(request: BenchRequest, json: boolean): string[] {
  return [
    "bench",
    "--frozen",
    "--no-prompt",
    "--allow-read",
    ...(json ? ["--json"] : []),
    ...(request.filter === null ? [] : ["--filter", request.filter]),
    ...request.files,
  ];
}

/** Exit codes above this one are of signals. */
const SIGNALLED = 128;

/**
 * One round as a table on the terminal; 0, or the code of the signal that ended it.
 *
 * @throws UnreadableFile when deno bench cannot run what was named; it has said why.
 */
export async function showRound(request: BenchRequest): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), { args: benchArguments(request, false), cwd: HERE });
  const { code } = await command.spawn().status;
  if (code === EXIT.fine || code > SIGNALLED) return code;
  throw new UnreadableFile(`Cannot measure ${request.files.join(", ")}: deno bench ended with ${code}`);
}

/** One round in a checkout. */
async function measureRound(request: BenchRequest, folder: string): Promise<KeptBenches> {
  const command = new Deno.Command(Deno.execPath(), {
    args: benchArguments(request, true),
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    const last = decoder.decode(stderr).trim().split("\n").slice(-3).join("\n");
    throw new UnreadableFile(`Cannot measure in ${folder}: deno bench ended with ${code}\n${last}`);
  }
  return parseRound(decoder.decode(stdout), `deno bench in ${folder}`);
}

/**
 * Measures as many rounds as asked for here and, when given, in another checkout. The two take turns, and who goes
 * first changes each round, so that warming up and slowing down hit both alike.
 */
export async function measure(
  request: BenchRequest,
  other: string | null,
): Promise<{ readonly now: KeptBenches; readonly base: KeptBenches | null }> {
  const now: KeptBenches[] = [];
  const base: KeptBenches[] = [];
  const sides = other === null ? [[HERE, now] as const] : [[HERE, now], [other, base]] as const;
  const total = request.rounds * sides.length;
  const progress = new Progress(total, request.quiet, { items: "rounds", steps: "benchmarks" });
  let done = 0;
  let benches = 0;
  for (let round = 0; round < request.rounds; round++) {
    for (const [folder, into] of round % 2 === 0 ? sides : sides.toReversed()) {
      progress.update(done, benches);
      const measured = await measureRound(request, folder);
      benches += measured.benches.length;
      into.push(measured);
      done++;
    }
  }
  progress.clear();
  return { now: joinRounds(now), base: other === null ? null : joinRounds(base) };
}
