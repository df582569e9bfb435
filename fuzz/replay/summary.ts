/**
 * One line for each of several recordings, and their sum.
 */
import { replayError, type ReplayResult } from "../../mod.ts";
import { sumOf } from "../../src/replay/replay_tables.ts";
import { textTable } from "../command/text_table.ts";

/** A recording and what came of it. */
export interface Named {
  readonly name: string;
  readonly result: ReplayResult;
}

/** A share in percent, "-" of nothing. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${(100 * part / whole).toFixed(2)}%`;

const TITLES = [
  "recording",
  "events",
  "refills",
  "predicted",
  "drains",
  "predicted",
  "error",
  "refill F1",
  "lockless right",
  "counts equal",
  "pages right",
] as const;

/** The table; names are to the left. */
export function summaryTable(done: readonly Named[]): string {
  const rows = done.map(({ name, result }) => cells(name, result));
  return `${textTable([[...TITLES], ...rows], (column) => column === 0)}\n\n${total(done)}`;
}

function cells(name: string, result: ReplayResult): string[] {
  const { events, refillF1, lockless, counts, identity } = result;
  return [
    name,
    `${events}`,
    `${sumOf(result, "refills", "recorded")}`,
    `${sumOf(result, "refills", "predicted")}`,
    `${sumOf(result, "drains", "recorded")}`,
    `${sumOf(result, "drains", "predicted")}`,
    `${(100 * replayError(result)).toFixed(3)}%`,
    refillF1.toFixed(4),
    percent(lockless.agree, lockless.attempts),
    percent(counts.equal, counts.compared),
    percent(identity.equal, identity.determined),
  ];
}

/** Off by at most this share, and refills placed at least this well, counts as right. */
const TARGET = { error: 0.002, f1: 0.99, counts: 0.999 } as const;

function total(done: readonly Named[]): string {
  const share = (part: (result: ReplayResult) => boolean) => done.filter(({ result }) => part(result)).length;
  const within = share((result) => replayError(result) <= TARGET.error);
  const placed = share(({ refillF1 }) => refillF1 >= TARGET.f1);
  const counted = share(({ counts }) => counts.equal >= TARGET.counts * counts.compared);
  return `of ${done.length} recordings: refills and drains within 0.2% in ${within}, refill F1 at least 0.99 in ` +
    `${placed}, counts 99.9% equal in ${counted}`;
}
