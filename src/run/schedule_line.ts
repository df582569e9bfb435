/**
 * A run as one line that reproduces it: `pcplab1 {options} steps`. Without steps the run's own scheduler decides, which
 * from the same options decides the same.
 */
import { decodeSteps, encodeSteps } from "../sim/schedule.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

const PREFIX = "pcplab1";
/** Length in characters above which a line leaves its steps out: a shell takes no longer argument. */
const STEPS_TEXT_MAX = 120_000;

/** A run that a line stands for. */
export interface ScheduledRun {
  /** What it is. */
  readonly options: RunOptions;
  /** The order of tasks, or null to let the scheduler decide. */
  readonly steps: Uint8Array | null;
}

/** The line of a run. */
export function formatScheduleLine({ options, steps }: ScheduledRun): string {
  const text = steps === null ? "" : encodeSteps(steps);
  // an apostrophe in the seed would end a shell's quotes
  const json = JSON.stringify(options).replaceAll("'", "\\u0027");
  return `${PREFIX} ${json}${text === "" || text.length > STEPS_TEXT_MAX ? "" : ` ${text}`}`;
}

/**
 * The run of a line.
 *
 * @throws SyntaxError when it is no such line; the message says where.
 */
export function parseScheduleLine(line: string): ScheduledRun {
  const trimmed = line.trim();
  if (!trimmed.startsWith(`${PREFIX} {`)) {
    throw new SyntaxError(`Cannot read schedule: expected "${PREFIX} {", got "${trimmed.slice(0, 20)}"`);
  }
  const end = endOfJson(trimmed, PREFIX.length + 1);
  const options = parseOptions(trimmed.slice(PREFIX.length + 1, end));
  const text = trimmed.slice(end).trim();
  return { options, steps: text === "" ? null : decodeSteps(text) };
}

/** Where the object that starts at `start` ends; steps may hold braces too. The end of the text when it never does. */
function endOfJson(text: string, start: number): number {
  let depth = 0;
  const token = /"(?:[^"\\]|\\.)*"|[{}]/g;
  token.lastIndex = start;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === "{") depth++;
    else if (found[0] === "}" && --depth === 0) return token.lastIndex;
  }
  return text.length;
}

function parseOptions(json: string): RunOptions {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new SyntaxError(`Cannot read schedule: its options are not JSON: "${json.slice(0, 40)}"`);
  }
  const given = value as RunOptions;
  if (typeof given.geometry !== "object" || given.geometry === null || !Array.isArray(given.geometry.zones)) {
    throw new SyntaxError(
      `Cannot read schedule: expected options with a geometry, got "${json.slice(0, 40)}"`,
    );
  }
  const defaults = defaultRunOptions(given.geometry);
  for (const [key, expected] of Object.entries(defaults)) {
    const got = given[key as keyof RunOptions];
    const nullable = key === "pcp" || key === "cachedBlocks" || key === "blockEntries";
    if (got === undefined || (!nullable && typeof got !== typeof expected)) {
      throw new SyntaxError(`Cannot read schedule: option "${key}" must be a ${typeof expected}, got ${got}`);
    }
  }
  return given;
}
