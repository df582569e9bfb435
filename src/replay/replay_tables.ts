/**
 * Outcome of a replay as CSV, one row for each zone and CPU, and as one number.
 *
 * @module
 */
import { stringify } from "../deps/csv.ts";
import type { Compared, Imagination, ReplayResult } from "./replay_result.ts";

/** What is counted of each zone and CPU. */
const MOVES = ["refills", "refillPages", "drains", "drainPages"] as const;
const COLUMNS = ["refills", "refill_pages", "drains", "drain_pages"] as const;

/** Rows as CSV lines that end in a plain newline. */
function lines(rows: readonly (readonly (string | number)[])[]): string {
  return stringify(rows, { headers: false }).replaceAll("\r\n", "\n");
}

function header(columns: readonly string[], first: string): string {
  const pairs = columns.flatMap((column) => [`${column}_${first}`, `${column}_recorded`]);
  return lines([["recording", "cpu", "node", "zone", ...pairs]]);
}

/** Header of replay.csv. */
export const REPLAY_HEADER: string = header([...COLUMNS, "served"], "predicted");
/** Header of what_if.csv. */
export const WHAT_IF_HEADER: string = header(COLUMNS, "imagined");

/** Rows of replay.csv. */
export function replayRows(recording: string, { perZone }: ReplayResult): string {
  const pair = ({ predicted, recorded }: Compared) => [predicted, recorded];
  return lines(
    perZone.map((row) => [
      recording,
      row.cpu,
      row.nid,
      row.zone,
      ...MOVES.flatMap((move) => pair(row[move])),
      ...pair(row.served),
    ]),
  );
}

/** Rows of what_if.csv; none without an imagined machine. */
export function whatIfRows(recording: string, { whatIf }: ReplayResult): string {
  const pair = ({ imagined, recorded }: Imagination) => [imagined, recorded];
  if (whatIf === undefined) return "";
  return lines(
    whatIf.perZone.map((row) => [
      recording,
      row.cpu,
      row.nid,
      row.zone,
      ...MOVES.flatMap((move) => pair(row[move])),
    ]),
  );
}

/** Refills or drains of all zones and CPUs. */
export function sumOf(
  { perZone }: Pick<ReplayResult, "perZone">,
  move: "refills" | "drains",
  side: keyof Compared,
): number {
  return perZone.reduce((sum, row) => sum + row[move][side], 0);
}

/**
 * By what share refills or drains are off, the worse of the two: the differences of all zones and CPUs, without their
 * signs, in relation to what was recorded. Infinity when nothing was recorded but something predicted.
 */
export function replayError(result: ReplayResult): number {
  const shares = (["refills", "drains"] as const).map((move) => {
    const off = result.perZone.reduce(
      (sum, row) => sum + Math.abs(row[move].predicted - row[move].recorded),
      0,
    );
    return off === 0 ? 0 : off / sumOf(result, move, "recorded");
  });
  return Math.max(...shares);
}
