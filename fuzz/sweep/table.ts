/**
 * The table of a sweep for people, and what of it depends on the costs.
 */
import type { CellRun } from "../../src/sweep/cell_run.ts";
import type { Cell } from "../../src/sweep/experiment.ts";
import { headlineOf } from "../../src/sweep/tables.ts";
import { textTable } from "../command/text_table.ts";

/** A column of the table: its title, the headline it shows, and how. */
interface TableColumn {
  readonly title: string;
  readonly headline: string;
  readonly show: (value: number) => string;
}

const share = (value: number) => `${(100 * value).toFixed(2)} %`;
const count = (value: number) =>
  value < 100 ? String(Math.round(value * 10) / 10) : String(Math.round(value));

/** Shows values in the largest unit of which there is at least one, with three digits or as a whole number. */
function measure(smallest: string, units: readonly (readonly [unit: string, size: number])[]) {
  return (value: number): string => {
    const [unit, size] = units.find(([, size]) => value >= size) ?? [smallest, 1];
    const many = value / size;
    // toPrecision() would write more than 999 as a power of ten
    return `${size === 1 || many >= 100 ? Math.round(many) : many.toPrecision(3)} ${unit}`;
  };
}

const time = measure("ns", [["s", 1e9], ["ms", 1e6], ["us", 1e3]]);
const bytes = measure("B", [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]]);

const COLUMNS: readonly TableColumn[] = [
  { title: "hit/request", headline: "hit_rate_request", show: share },
  { title: "hit/attempt", headline: "hit_rate_attempt", show: share },
  { title: "hit/block", headline: "hit_rate_block", show: share },
  { title: "fell back", headline: "fell_back_share", show: share },
  { title: "fallback p50", headline: "rcu_head_ns_p50", show: time },
  { title: "fallback p99", headline: "rcu_head_ns_p99", show: time },
  { title: "fallback max", headline: "rcu_head_ns_max", show: time },
  { title: "sync p99", headline: "synchronize_ns_p99", show: time },
  { title: "to free p50", headline: "enqueue_to_free_ns_p50", show: time },
  { title: "to free p99", headline: "enqueue_to_free_ns_p99", show: time },
  { title: "to free max", headline: "enqueue_to_free_ns_max", show: time },
  { title: "bulk mean", headline: "bulk_mean", show: count },
  { title: "group", headline: "group_mean", show: count },
  { title: "splats", headline: "wait_type_splats", show: count },
  { title: "RT sleeps", headline: "rt_sleeps", show: count },
  { title: "zone lock held", headline: "zone_lock_hold_ns", show: time },
  { title: "waited", headline: "zone_lock_wait_ns", show: time },
  { title: "into movable", headline: "polluting_movable", show: count },
  { title: "into CMA", headline: "polluting_cma", show: count },
  { title: "memory peak", headline: "memory_peak_bytes", show: bytes },
  { title: "GPs", headline: "grace_periods", show: count },
  { title: "OOM", headline: "oom_kills", show: count },
];

/** The table: a row a cell, means over its seeds. */
export function sweepTable(cells: readonly Cell[], runs: readonly CellRun[]): string {
  const axes = Object.keys(cells[0]?.values ?? {});
  const rows = cells.flatMap((cell) => {
    const own = runs.filter((run) => run.cell === cell.index);
    if (own.length === 0) return [];
    const shown = COLUMNS.map(({ headline, show }) => {
      const found = headlineOf(own, headline);
      return found === null ? "-" : show(found.mean);
    });
    return [[...axes.map((axis) => cell.values[axis]!), String(own.length), ...shown]];
  });
  const all = [[...axes, "seeds", ...COLUMNS.map((c) => c.title)], ...rows];
  return textTable(all, (column) => column < axes.length);
}

/** Figures whose order among the strategies is a conclusion, and whether more of them is better. */
const CONCLUSIONS: readonly (readonly [string, boolean])[] = [
  ["hit_rate_block", true],
  ["fell_back_share", false],
  ["enqueue_to_free_ns_p50", false],
  ["enqueue_to_free_ns_p99", false],
  ["zone_lock_hold_ns", false],
  ["waiting_peak", false],
  ["load_ns", false],
];

/**
 * Which pairs of strategies change places when the costs are at the ends of their uncertainty. A pair whose intervals
 * over the seeds overlap has no order there.
 */
export function sensitivity(cells: readonly Cell[], runs: readonly CellRun[]): string {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const { costs: _c, strategy: _s, ...rest } = cell.values;
    const key = Object.entries(rest).map(([axis, value]) => `${axis} ${value}`).join(", ");
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const changes = [...groups].flatMap(([key, own]) =>
    CONCLUSIONS.flatMap(([headline, more]) => changesOf(key, own, runs, headline, more))
  );
  return changes.length === 0
    ? "No conclusion changes: at both ends of the costs' uncertainty the order of the strategies is the same."
    : ["Conclusions that change with the costs:", ...changes].join("\n");
}

/** Whether two means may be the same; with one seed each nothing is known of their spread, and the means decide. */
function overlap(x: { mean: number; halfWidth: number }, y: { mean: number; halfWidth: number }): boolean {
  const half = x.halfWidth + y.halfWidth;
  return Number.isFinite(half) && Math.abs(x.mean - y.mean) <= half;
}

function changesOf(
  key: string,
  cells: readonly Cell[],
  runs: readonly CellRun[],
  headline: string,
  more: boolean,
): string[] {
  const at = (costs: string, strategy: string) => {
    const cell = cells.find((c) => c.values.costs === costs && c.values.strategy === strategy);
    const own = runs.filter((run) => run.cell === cell?.index);
    return headlineOf(own, headline);
  };
  const strategies = [...new Set(cells.map((c) => c.values.strategy!))];
  const changed: string[] = [];
  for (const [i, a] of strategies.entries()) {
    for (const b of strategies.slice(i + 1)) {
      const signs = ["low", "nominal", "high"].map((costs) => {
        const [x, y] = [at(costs, a), at(costs, b)];
        if (x === null || y === null || overlap(x, y)) return 0;
        return Math.sign(x.mean - y.mean) * (more ? 1 : -1);
      });
      if (!signs.includes(1) || !signs.includes(-1)) continue;
      const better = signs.map((sign) => sign === 0 ? "neither" : sign > 0 ? a : b);
      const where = key === "" ? "" : ` (${key})`;
      changed.push(
        `  ${headline}${where}: better is ${better[0]} at low, ${better[1]} at nominal, ${
          better[2]
        } at high costs`,
      );
    }
  }
  return changed;
}
