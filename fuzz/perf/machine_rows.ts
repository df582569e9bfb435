/**
 * Rows about a large machine: how long it takes to make, and how much memory it needs.
 */
import { pathOf } from "../command/path_of.ts";
import type { LargeMachine } from "./large_machine.ts";
import { outputOf } from "./program_output.ts";
import type { PerfRow } from "./row.ts";

const PROGRAM = pathOf("./large_machine.ts", import.meta.url);
const CONFIG = pathOf("../../deno.json", import.meta.url);

/** The rows; fewer operations when `quick`. */
export function machineRows(quick: boolean): PerfRow[] {
  const operations = quick ? 20_000 : 10_000_000;
  let last: LargeMachine | null = null;
  // one process serves all rows, so they are measured together
  const measure = (): LargeMachine => {
    const args = ["run", "--no-prompt", `--config=${CONFIG}`, PROGRAM, `${operations}`];
    return last = JSON.parse(outputOf(Deno.execPath(), args, "/"));
  };
  const row = (what: string, most: number, unit: string, ours: () => number): PerfRow => ({
    work: `a machine of 1 TiB with 256 CPUs: ${what} (${unit})`,
    reference: "none",
    target: `under ${most} ${unit}`,
    meets: (figure) => figure < most,
    measure: () => ({ ours: ours(), theirs: null }),
  });
  const again = () => last ?? measure();
  return [
    row("made in", 1000, "ms", () => measure().constructMs),
    row("memory of the process", 200, "MB", () => again().constructMb),
    row(`memory after ${operations} random operations`, 6000, "MB", () => again().operatedMb),
  ];
}
