/**
 * What a replay tells: a table for people, one JSON object for programs, CSV files.
 */
import {
  REPLAY_HEADER,
  replayError,
  type ReplayResult,
  replayRows,
  WHAT_IF_HEADER,
  whatIfRows,
} from "../../mod.ts";
import { OutputError } from "../command/exit.ts";

/** Writes replay.csv, what_if.csv when a machine was imagined, and meta.json. */
export function writeReplay(
  folder: string,
  name: string,
  result: ReplayResult,
  meta: Readonly<Record<string, unknown>>,
): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/replay.csv`, REPLAY_HEADER + replayRows(name, result));
    if (result.whatIf !== undefined) {
      Deno.writeTextFileSync(`${folder}/what_if.csv`, WHAT_IF_HEADER + whatIfRows(name, result));
    }
    Deno.writeTextFileSync(`${folder}/meta.json`, JSON.stringify(meta, null, 2) + "\n");
  } catch (error) {
    throw new OutputError(`Cannot write to ${folder}: ${error instanceof Error ? error.message : error}`);
  }
}

/** The object of --json. */
export function replayJson(recording: string, result: ReplayResult, eventsPerSecond: number): object {
  const { events, perZone, ...rest } = result;
  return { recording, events, perZone, ...rest, error: replayError(result), eventsPerSecond };
}

const percent = (part: number, whole: number) => whole === 0 ? "-" : `${(100 * part / whole).toFixed(2)}%`;

/** The tables for people. */
export function replayTable(result: ReplayResult): string {
  const rows = result.perZone.map((row) => [
    `${row.cpu}`,
    `${row.nid}`,
    row.zone,
    ...[row.refills, row.refillPages, row.drains, row.drainPages, row.served].flatMap((
      { predicted, recorded },
    ) => [`${predicted}`, `${recorded}`, signed(predicted - recorded)]),
  ]);
  const groups = ["refills", "pages", "drains", "pages", "served without refill"];
  const titles = ["cpu", "node", "zone", ...groups.flatMap((group) => [group, "recorded", "diff"])];
  return [columns([titles, ...rows]), "", ...summaryLines(result), ...whatIfLines(result)].join("\n");
}

function summaryLines(result: ReplayResult): string[] {
  const { refillPrecision, refillRecall, refillF1, lockless, counts, identity, learning } = result;
  const share = (value: number) => value.toFixed(4);
  const left = learning.refills + learning.drains === 0
    ? ""
    : `; before it ${learning.refills} refills and ${learning.drains} drains were for learning only`;
  const lines = [
    `refills at that very allocation: precision ${share(refillPrecision)}, recall ${share(refillRecall)}, ` +
    `F1 ${share(refillF1)}`,
    `lockless attempts: ${lockless.agree} of ${lockless.attempts} right (${
      percent(lockless.agree, lockless.attempts)
    }), list of a hit: ${lockless.agreeOnList} of ${lockless.hits}`,
    `printed pcp counts: ${counts.equal} of ${counts.compared} equal (${
      percent(counts.equal, counts.compared)
    })`,
    `pages named before looking: ${identity.equal} of ${identity.determined} right (${
      percent(identity.equal, identity.determined)
    }), lists put right ${identity.resyncs} times`,
    `start state from ${result.start}${left}; recorded refills and drains from ${result.recordedFrom}`,
  ];
  const { retyped, silentDrains } = result.conclusions;
  if (silentDrains > 0) lines.push(`evidence of ${silentDrains} drains that no event announces`);
  if (retyped > 0) lines.push(`evidence of ${retyped} pageblocks of another type than thought`);
  return lines;
}

function whatIfLines({ whatIf }: ReplayResult): string[] {
  if (whatIf === undefined) return [];
  const rows = whatIf.perZone.map((row) => [
    `${row.cpu}`,
    `${row.nid}`,
    row.zone,
    ...[row.refills, row.refillPages, row.drains, row.drainPages].flatMap(({ imagined, recorded }) => [
      `${imagined}`,
      `${recorded}`,
    ]),
  ]);
  const groups = ["refills", "pages", "drains", "pages"];
  const titles = ["cpu", "node", "zone", ...groups.flatMap((group) => [group, "recorded"])];
  const { needed, got } = whatIf.blocks;
  const { imagined, recorded } = whatIf.zoneLockNs;
  const us = (ns: number) => `${(ns / 1000).toFixed(0)} us`;
  return [
    "",
    "What this machine would have done:",
    columns([titles, ...rows]),
    "",
    `pages for blocks: ${got} of ${needed} there at once (${percent(got, needed)}); ` +
    `needs from ${whatIf.demandFrom}`,
    `time under zone->lock for refills and drains: ${us(imagined)}, recorded ${us(recorded)}`,
  ];
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}

/** Columns to the right, two blanks apart. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => row.map((cell, at) => cell.padStart(widths[at]!)).join("  ")).join("\n");
}
