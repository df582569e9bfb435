/**
 * What a replay tells: a table for people, one JSON object for programs, CSV files.
 */
import { replayError, type ReplayResult } from "../../mod.ts";
import { REPLAY_HEADER, replayRows, WHAT_IF_HEADER, whatIfRows } from "../../src/replay/replay_tables.ts";
import { inFolder, removeOld, writeFiles } from "../command/guarded.ts";
import { textTable } from "../command/text_table.ts";
import { type Named, percent } from "./summary.ts";

/** Files that a call into the same folder may have left: they would stand beside a meta.json of another one. */
const TABLES = ["replay.csv", "what_if.csv", "cross_check.csv"];

/**
 * Writes tables and meta.json.
 *
 * @param tables Text by name.
 * @throws OutputError when that is not possible.
 */
export function writeReplay(
  folder: string,
  tables: Readonly<Record<string, string>>,
  meta: Readonly<Record<string, unknown>>,
): void {
  inFolder(
    folder,
    () => TABLES.filter((name) => !(name in tables)).forEach((name) => removeOld(`${folder}/${name}`)),
  );
  writeFiles(folder, { ...tables, "meta.json": JSON.stringify(meta, null, 2) + "\n" });
}

/** Tables of replayed recordings: replay.csv, and what_if.csv when a machine was imagined. */
export function replayCsv(done: readonly Named[]): Record<string, string> {
  const rows = (of: typeof replayRows) => done.map(({ name, result }) => of(name, result)).join("");
  const whatIf = rows(whatIfRows);
  return {
    "replay.csv": REPLAY_HEADER + rows(replayRows),
    ...(whatIf === "" ? {} : { "what_if.csv": WHAT_IF_HEADER + whatIf }),
  };
}

/** The object of --json: what a program compares, then all the rest under `details`. */
export function replayJson(recording: string, result: ReplayResult, eventsPerSecond: number): object {
  const { events, perZone, refillF1, lockless, counts, identity, whatIf, ...rest } = result;
  return {
    recording,
    events,
    perZone: perZone.map(({ served: _, ...row }) => row),
    refillF1,
    lockless: { attempts: lockless.attempts, agree: lockless.agree },
    counts,
    identity: { determined: identity.determined, equal: identity.equal },
    eventsPerSecond,
    ...(whatIf === undefined ? {} : { whatIf }),
    details: {
      error: replayError(result),
      locklessHits: { recorded: lockless.hits, agreeOnList: lockless.agreeOnList },
      resyncs: identity.resyncs,
      ...rest,
    },
  };
}

/** More rows than a screen has. */
const ROWS_MAX = 40;

/** A row of one zone on one CPU: names, then numbers. */
interface ZoneRowCells {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

/** Rows and their sum. A server has hundreds of lists: then those with nothing but zeros are left out. */
function zoneTable(
  titles: readonly string[],
  rows: readonly ZoneRowCells[],
  cellsOf: (numbers: readonly number[]) => readonly string[],
): string {
  const busy = rows.length <= ROWS_MAX
    ? rows
    : rows.filter(({ numbers }) => numbers.some((each) => each !== 0));
  const [{ names, numbers }] = rows as [ZoneRowCells];
  const all = {
    names: names.map((_, at) => at === 0 ? "all" : ""),
    numbers: numbers.map((_, at) => rows.reduce((sum, row) => sum + row.numbers[at]!, 0)),
  };
  const table = textTable([titles, ...[...busy, all].map((row) => [...row.names, ...cellsOf(row.numbers)])]);
  const left = rows.length - busy.length;
  return left === 0 ? table : `${table}\n${left} lists that nothing happened to are left out`;
}

/** The tables for people. */
export function replayTable(result: ReplayResult): string {
  const rows = result.perZone.map((row) => ({
    names: [`${row.cpu}`, `${row.nid}`, row.zone],
    numbers: [row.refills, row.refillPages, row.drains, row.drainPages, row.served]
      .flatMap(({ predicted, recorded }) => [predicted, recorded]),
  }));
  const groups = ["refills", "pages", "drains", "pages", "served without refill"];
  const titles = ["cpu", "node", "zone", ...groups.flatMap((group) => [group, "recorded", "diff"])];
  const cellsOf = (numbers: readonly number[]) =>
    numbers.flatMap((each, at) => at % 2 === 0 ? [`${each}`] : [`${each}`, signed(numbers[at - 1]! - each)]);
  const table = zoneTable(titles, rows, cellsOf);
  return [table, "", ...summaryLines(result), ...whatIfLines(result)].join("\n");
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
    `zoneinfo looks like that of ${result.profile}: its rules for the lists are taken`,
    `start state from ${result.start}${left}; recorded refills and drains from ${result.recordedFrom}`,
  ];
  const { retyped, silentDrains } = result.conclusions;
  if (silentDrains > 0) lines.push(`evidence of ${silentDrains} drains that no event announces`);
  if (retyped > 0) lines.push(`evidence of ${retyped} pageblocks of another type than thought`);
  return lines;
}

/** A stock kernel prints no attempt, so that nothing is asked for where blocks are got as recorded. */
const NO_NEEDS = "pages for blocks: nothing tells when one was needed; " +
  "rcu:rcu_invoke_kfree_bulk_callback in the trace does, for --strategy lockless";

function whatIfLines({ whatIf }: ReplayResult): string[] {
  if (whatIf === undefined) return [];
  const rows = whatIf.perZone.map((row) => ({
    names: [`${row.cpu}`, `${row.nid}`, row.zone, `${row.size.high}/${row.size.batch}`],
    numbers: [row.refills, row.refillPages, row.drains, row.drainPages]
      .flatMap(({ imagined, recorded }) => [imagined, recorded]),
  }));
  const groups = ["refills", "pages", "drains", "pages"];
  const titles = ["cpu", "node", "zone", "high/batch", ...groups.flatMap((group) => [group, "recorded"])];
  const { needed, got } = whatIf.blocks;
  const { imagined, recorded } = whatIf.zoneLockNs;
  const us = (ns: number) => `${(ns / 1000).toFixed(0)} us`;
  return [
    "",
    "What this machine would have done:",
    zoneTable(titles, rows, (numbers) => numbers.map(String)),
    "",
    needed === 0
      ? NO_NEEDS
      : `pages for blocks: ${got} of ${needed} there at once (${percent(got, needed)}); ` +
        `needs from ${whatIf.demandFrom}`,
    `time under zone->lock for refills and drains: ${us(imagined)}, recorded ${us(recorded)}`,
  ];
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}
