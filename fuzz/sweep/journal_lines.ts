/**
 * What a line of a journal may hold. A check sum tells torn lines, but anybody can make one: a journal from elsewhere
 * is looked at like any other file.
 */
import { quote } from "../../src/import/import_error.ts";
import { JsonFault, JsonScanner } from "../../src/import/json_scan.ts";
import { isFields, type JsonFields } from "../../src/import/json_text.ts";
import { type CellRun, HEADLINES, type StopRule } from "../../src/sweep/cell_run.ts";
import type { Experiment } from "../../src/sweep/experiment.ts";
import { UnreadableFile } from "../command/exit.ts";

/** What a journal says of its sweep. */
export interface JournalSweep {
  readonly version: string;
  /** Hash of the sources of the model. */
  readonly model: string;
  readonly name: string;
  readonly axes: Experiment["axes"];
  readonly options: Experiment["options"];
  readonly rule: StopRule;
}

/** Where a line is. */
export interface JournalPlace {
  /** Path of the journal. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
}

function refuse({ path, line }: JournalPlace, expected: string, got: unknown): never {
  const text = got === undefined ? "nothing" : quote(JSON.stringify(got));
  throw new UnreadableFile(`${path}:${line}: expected ${expected}, got ${text}`);
}

/** The object of a line. */
function fieldsOf(json: string, place: JournalPlace): JsonFields {
  try {
    const scanner: JsonScanner = new JsonScanner(json);
    const value = scanner.read();
    scanner.end();
    return isFields(value) ? value : refuse(place, "an object", value);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    return refuse(place, `JSON: ${fault.expected}`, json.slice(fault.offset, fault.offset + 20));
  }
}

/**
 * Reads the first line, which says what the journal is of.
 *
 * @throws UnreadableFile when it says something else.
 */
export function readSweepLine(json: string, place: JournalPlace): JournalSweep {
  const given = fieldsOf(json, place);
  const { axes, options, rule } = given;
  for (const name of ["version", "model", "name"]) {
    if (typeof given[name] !== "string") refuse(place, `a text as ${name}`, given[name]);
  }
  if (!isFields(axes)) refuse(place, "an object as axes", axes);
  for (const [axis, values] of Object.entries(axes)) {
    const isList = Array.isArray(values) && values.length > 0 && values.every((v) => typeof v === "string");
    if (!isList) refuse(place, `a list of texts as values of ${quote(axis)}`, values);
  }
  if (!isFields(options)) refuse(place, "an object as options", options);
  if (!isFields(rule) || !Number.isInteger(rule.runsMax) || typeof rule.ci !== "number") {
    refuse(place, "a rule with runsMax and ci", rule);
  }
  return given as unknown as JournalSweep;
}

/**
 * Reads a line about a run.
 *
 * @throws UnreadableFile when it is about something else.
 */
export function readRunLine(json: string, place: JournalPlace): CellRun {
  const given = fieldsOf(json, place);
  for (const name of ["cell", "run"]) {
    const value = given[name];
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      refuse(place, `a whole number as ${name}`, value);
    }
  }
  for (const name of ["runs", "latency", "bulk", "streaks"]) {
    if (typeof given[name] !== "string") refuse(place, `a text as ${name}`, given[name]);
  }
  const { headlines, violation } = given;
  if (violation !== null && typeof violation !== "string") {
    refuse(place, "a text or null as violation", violation);
  }
  const isList = Array.isArray(headlines) && headlines.length === HEADLINES.length &&
    headlines.every((value) => value === null || Number.isFinite(value));
  if (!isList) refuse(place, `${HEADLINES.length} numbers as headlines`, headlines);
  return given as unknown as CellRun;
}
