/**
 * A run as one line that reproduces it: `pcplab2 {options} {names} segments`. Without segments the run's own scheduler
 * decides, which from the same options decides the same.
 */
import { decodeSegments, encodeSegments, type LabelledSchedule } from "../sim/schedule.ts";
import { quote } from "../import/import_error.ts";
import { JsonFault, JsonScanner } from "../import/json_scan.ts";
import { checkRunOptions } from "./check_options.ts";
import type { RunOptions } from "./options.ts";

const PREFIX = "pcplab2";
/** Most characters of a line's schedule that a shell takes as an argument. */
const SHELL_TEXT_MAX = 120_000;

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
    throw new SyntaxError(`Cannot read schedule: expected "${PREFIX} {", got ${quote(trimmed.slice(0, 20))}`);
  }
  const { value, end } = readJson(trimmed, PREFIX.length + 1, "its options are");
  return { options: checked(value), schedule: parseSchedule(trimmed.slice(end).trim()) };
}

function parseSchedule(text: string): LabelledSchedule | null {
  if (text === "") return null;
  const { value, end } = readJson(text, 0, "the names of its schedule are");
  const given = value as Partial<LabelledSchedule> | null;
  for (const what of ["tasks", "sections"] as const) {
    const names: unknown = given?.[what];
    if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) {
      const got = names === undefined ? "nothing" : quote(JSON.stringify(names));
      throw new SyntaxError(`Cannot read schedule: expected a list of names as "${what}", got ${got}`);
    }
  }
  const { tasks, sections } = given as LabelledSchedule;
  return { tasks, sections, segments: decodeSegments(text.slice(end).trim(), tasks.length, sections.length) };
}

/** The JSON that begins at `start`, and where it ends. */
function readJson(text: string, start: number, whats: string): { value: unknown; end: number } {
  const scanner: JsonScanner = new JsonScanner(text, start);
  try {
    const value = scanner.read();
    return { value, end: scanner.pos };
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    const { offset, expected } = fault;
    throw new SyntaxError(
      `Cannot read schedule: ${whats} not JSON: expected ${expected} at column ${offset - start + 1}, got ${
        quote(text.slice(offset, offset + 20))
      }`,
    );
  }
}

/** Options that a machine can be built from. */
function checked(value: unknown): RunOptions {
  try {
    checkRunOptions(value);
    return value;
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    throw new SyntaxError(`Cannot read schedule: ${fault.message}`);
  }
}
