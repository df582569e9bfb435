/**
 * From the command line of `deno task explore` to what is asked for.
 */
import { type Reduction, REDUCTIONS } from "../../src/explore/exploration.ts";
import { REFERENCE_BUGS, type ReferenceBug } from "../../src/explore/reference.ts";
import type { ReferenceSize } from "../../src/explore/reference_state.ts";
import { whole } from "../../src/run/check_options.ts";
import { UsageError } from "../command/exit.ts";
import { choice, numberOf, text } from "../command/option_values.ts";
import { readOptions } from "../command/read_options.ts";

const VALUES = [
  "cpus",
  "operations",
  "pages",
  "high",
  "batch",
  "bug",
  "reduction",
  "preemptions",
  "limit",
  "walks",
  "frontier",
  "workers",
  "states",
] as const;
const SWITCHES = ["audit", "shrink", "json", "quiet", "help", "model"] as const;

/** What is asked for. */
export interface ExploreRequest {
  readonly size: ReferenceSize;
  readonly bug: ReferenceBug;
  readonly reduction: Reduction;
  readonly preemptions: number;
  readonly limit: number;
  /** Random walks whose share of the states is told, 0 for none. */
  readonly walks: number;
  /** File in which the search is kept, or null. */
  readonly frontier: string | null;
  readonly workers: number;
  /** States that workers may keep. */
  readonly states: number;
  readonly audit: boolean;
  readonly shrink: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown, has an impossible value, or does not go with another.
 */
export function readExploreArguments(argv: readonly string[]): ExploreRequest {
  const args = readOptions(argv, VALUES, SWITCHES);
  const number = (name: string, fallback: number, min: number, max: number) =>
    numberOf(args, name, whole(min, max), fallback);
  const isBounded = args.preemptions !== undefined;
  checkCompany(args);
  return {
    size: {
      operations: Array(number("cpus", 2, 1, 6)).fill(number("operations", 4, 1, 62)),
      pages: number("pages", 6, 1, 16),
      high: number("high", 2, 1, 16),
      batch: number("batch", 2, 1, 16),
    },
    bug: choice(args, "bug", "none", REFERENCE_BUGS) as ReferenceBug,
    reduction: choice(
      args,
      "reduction",
      isBounded || args.walks !== undefined ? "none" : "chains",
      REDUCTIONS,
    ) as Reduction,
    preemptions: isBounded ? number("preemptions", 0, 0, 62) : Infinity,
    limit: number("limit", 1e12, 1, 1e12),
    walks: number("walks", 0, 1, 1e7),
    frontier: args.frontier === undefined ? null : text(args, "frontier", ""),
    workers: number("workers", 1, 1, 64),
    states: number("states", 14_000_000, 1000, 1e9),
    audit: args.audit === true,
    shrink: args.shrink === true,
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
}

/**
 * Options that do not go together.
 *
 * @throws UsageError naming them.
 */
function checkCompany(args: Readonly<Record<string, unknown>>): void {
  const refuse = (name: string, why: string, others: readonly string[]) => {
    const found = others.find((other) => args[other] !== undefined && args[other] !== false);
    if (args[name] === undefined || args[name] === false || found === undefined) return;
    throw new UsageError(`Cannot read the call: --${name} ${why}; expected no --${found} with it`);
  };
  if (args.preemptions !== undefined && args.reduction !== undefined && args.reduction !== "none") {
    throw new UsageError("Cannot read the call: --preemptions goes with --reduction none only");
  }
  if (args.walks !== undefined && args.reduction !== undefined && args.reduction !== "none") {
    throw new UsageError(
      "Cannot read the call: --walks looks at all states, and goes with --reduction none only",
    );
  }
  const alone = ["frontier", "workers", "walks"];
  refuse("audit", "runs every reduction whole", ["preemptions", "reduction", "limit", "shrink", ...alone]);
  refuse("workers", "explores everything at once", ["limit", "shrink", "frontier"]);
  refuse("frontier", "keeps one search", ["shrink"]);
  refuse("walks", "needs all states", ["limit", "shrink", "preemptions"]);
  if (args.states !== undefined && args.workers === undefined) {
    throw new UsageError("Cannot read the call: --states goes with --workers, whose table has a fixed size");
  }
}
