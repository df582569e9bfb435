/**
 * A run as one line that reproduces it: `pcplab2 {options} {names} segments`. Without segments the run's own scheduler
 * decides, which from the same options decides the same.
 */
import { decodeSegments, encodeSegments, type LabelledSchedule } from "../sim/schedule.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

const PREFIX = "pcplab2";
/** Most characters of a line's schedule that a shell takes as an argument. */
export const SHELL_TEXT_MAX = 120_000;

/** A run that a line stands for. */
export interface ScheduledRun {
  /** What it is. */
  readonly options: RunOptions;
  /** Who runs and how far, or null to let the scheduler decide. */
  readonly schedule: LabelledSchedule | null;
}

/** The line of a run. A schedule of more than `textMax` characters is left out: the seed stands for it. */
export function formatScheduleLine(
  { options, schedule }: ScheduledRun,
  textMax: number = SHELL_TEXT_MAX,
): string {
  const line = `${PREFIX} ${quotable(options)}`;
  if (schedule === null) return line;
  const { tasks, sections, segments } = schedule;
  const text = ` ${quotable({ tasks, sections })} ${encodeSegments(segments)}`;
  return text.length > textMax ? line : line + text;
}

/** JSON between a shell's quotes, which an apostrophe in the seed would end. */
function quotable(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", "\\u0027");
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
  return { options, schedule: parseSchedule(trimmed.slice(end).trim()) };
}

function parseSchedule(text: string): LabelledSchedule | null {
  if (text === "") return null;
  const end = text.startsWith("{") ? endOfJson(text, 0) : 0;
  const given = parseJson(text.slice(0, end), "the names of its schedule are") as Partial<LabelledSchedule>;
  for (const what of ["tasks", "sections"] as const) {
    const names: unknown = given?.[what];
    if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
      throw new SyntaxError(`Cannot read schedule: expected a list of names as "${what}", got ${names}`);
    }
  }
  const { tasks, sections } = given as LabelledSchedule;
  return { tasks, sections, segments: decodeSegments(text.slice(end).trim(), tasks.length, sections.length) };
}

function parseJson(json: string, whats: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new SyntaxError(`Cannot read schedule: ${whats} not JSON: "${json.slice(0, 40)}"`);
  }
}

/** Where the object that starts at `start` ends; segments may hold braces too. The end of the text if it never does. */
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
  const given = parseJson(json, "its options are") as RunOptions;
  if (typeof given.geometry !== "object" || given.geometry === null || !Array.isArray(given.geometry.zones)) {
    throw new SyntaxError(
      `Cannot read schedule: expected options with a geometry, got "${json.slice(0, 40)}"`,
    );
  }
  const defaults = defaultRunOptions(given.geometry);
  for (const [key, expected] of Object.entries(defaults)) {
    const got = given[key as keyof RunOptions];
    const nullable = ["pcp", "cachedBlocks", "blockEntries", "programs"].includes(key);
    if (got === undefined || (!nullable && typeof got !== typeof expected)) {
      throw new SyntaxError(`Cannot read schedule: option "${key}" must be a ${typeof expected}, got ${got}`);
    }
  }
  return given;
}
