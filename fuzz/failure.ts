/**
 * Runs that failed: what is said of them, and running them again.
 */
import {
  CHECKERS,
  execute,
  type ExecuteOptions,
  formatScheduleLine,
  parseScheduleLine,
  type RunResult,
} from "../mod.ts";
import { CONTEXT_CHECKERS } from "../src/checker/registry.ts";
import { shrinkRun } from "../src/shrink/shrink_run.ts";
import { runStory } from "../src/shrink/story.ts";
import type { FuzzRequest } from "./arguments.ts";
import { quote } from "../src/import/import_error.ts";
import { EXIT } from "./command/exit.ts";
import { readText } from "./command/read_text.ts";
import { drawTimeline } from "./timeline.ts";

/** Which checkers a run has. */
export const checked = ({ contexts }: FuzzRequest): ExecuteOptions =>
  contexts ? { checkers: [...CHECKERS, ...CONTEXT_CHECKERS] } : {};

/** Says what did not hold and how to see it again: by its line, and by the file that has its whole schedule. */
export function reportViolation(result: RunResult, file: string, isFromSeed: boolean): void {
  const { checker, message } = result.violation!;
  const claim = [...CHECKERS, ...CONTEXT_CHECKERS].find((c) => c.name === checker)?.claim;
  console.error(`\nVIOLATED ${checker}: ${message}`);
  if (claim !== undefined) console.error(`  claim: ${claim}`);
  const { seed, run, scheduler, strategy, profile } = result.options;
  console.error(
    `  seed ${seed}, run ${run}, ${scheduler} scheduler, strategy ${strategy}, profile ${profile}`,
  );
  const line = formatScheduleLine(result);
  const contexts = CONTEXT_CHECKERS.some((c) => c.name === checker) ? "--contexts " : "";
  // a line whose schedule is too long leaves it out, and says enough only where the seed decides
  if (isFromSeed || line !== formatScheduleLine({ ...result, schedule: null })) {
    console.error(`  again: deno task fuzz ${contexts}--replay '${line}'`);
  }
  console.error(`  the same with its whole schedule: deno task fuzz ${contexts}--replay ${file}`);
}

/** Makes a run that failed smaller and tells the story of the smallest case; returns its line. */
export function shrinkFailure(
  result: RunResult,
  request: FuzzRequest,
): { readonly line: string; readonly story: string } {
  const how = checked(request);
  const watched = !request.quiet && Deno.stderr.isTerminal();
  const smallest = shrinkRun(result, {
    ...how,
    sectionsMax: request.shrink!,
    onProgress: (what) => watched && console.error(`making it smaller: ${what}`),
  });
  const line = formatScheduleLine(smallest, Infinity);
  return { line, story: runStory(smallest, how) };
}

/** How long a run was and whether it failed. */
export function outcomeOf(
  { steps, violation }: RunResult,
): { readonly steps: number; readonly failed: boolean } {
  return { steps, failed: violation !== null };
}

/** The line itself, or the first one of the file of that name. */
function lineOf(lineOrFile: string): string {
  if (lineOrFile.trim().startsWith("pcplab")) return lineOrFile;
  if (isFile(lineOrFile)) return readText(lineOrFile).trimStart().split("\n", 1)[0]!;
  const got = quote(lineOrFile);
  throw new SyntaxError(`Cannot read schedule: expected "pcplab2 {" or the file of one, got ${got}`);
}

/** Whether there is such a file; a line that was damaged may be too long for a name. */
function isFile(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Runs a line again; returns the exit code. */
export function replay(line: string, request: FuzzRequest): number {
  const { timeline } = request;
  const { options, schedule } = parseScheduleLine(lineOf(line));
  const how = { ...checked(request), ...(schedule === null ? {} : { replay: schedule }) };
  const result = execute(options, how);
  if (timeline !== null) drawTimeline(timeline, options, how, outcomeOf(result));
  if (result.violation === null) {
    console.log(`no violation in ${result.steps} sections`);
    return EXIT.fine;
  }
  console.log(
    `VIOLATED ${result.violation.checker}: ${result.violation.message} after ${result.steps} sections`,
  );
  if (request.shrink !== null) {
    const { line, story } = shrinkFailure(result, request);
    console.log(`\n${story}\n\nagain: deno task fuzz --replay '${line}'`);
  }
  return EXIT.violation;
}
