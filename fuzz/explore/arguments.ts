/**
 * From the command line of `deno task explore` to what is asked for.
 */
import { type Reduction, REDUCTIONS } from "../../src/explore/exploration.ts";
import { REFERENCE_BUGS, type ReferenceBug } from "../../src/explore/reference.ts";
import type { ReferenceSize } from "../../src/explore/reference_state.ts";
import { UsageError } from "../command/exit.ts";
import { choice, numberOf } from "../command/option_values.ts";
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
] as const;
const SWITCHES = ["audit", "shrink", "json", "quiet", "help"] as const;

/** What is asked for. */
export interface ExploreRequest {
  readonly size: ReferenceSize;
  readonly bug: ReferenceBug;
  readonly reduction: Reduction;
  readonly preemptions: number;
  readonly limit: number;
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
  const whole = (name: string, fallback: number, min: number, max: number) =>
    numberOf(args, name, fallback, min, max, true);
  const isBounded = args.preemptions !== undefined;
  if (isBounded && args.reduction !== undefined && args.reduction !== "none") {
    throw new UsageError("Cannot read the call: --preemptions goes with --reduction none only");
  }
  if (
    args.audit === true &&
    (isBounded || args.reduction !== undefined || args.limit !== undefined || args.shrink)
  ) {
    throw new UsageError(
      "Cannot read the call: --audit runs every reduction whole; " +
        "expected no --reduction, --preemptions, --limit or --shrink with it",
    );
  }
  return {
    size: {
      operations: Array(whole("cpus", 2, 1, 6)).fill(whole("operations", 4, 1, 62)),
      pages: whole("pages", 6, 1, 16),
      high: whole("high", 2, 1, 16),
      batch: whole("batch", 2, 1, 16),
    },
    bug: choice(args, "bug", "none", REFERENCE_BUGS) as ReferenceBug,
    reduction: choice(args, "reduction", isBounded ? "none" : "chains", REDUCTIONS) as Reduction,
    preemptions: isBounded ? whole("preemptions", 0, 0, 62) : Infinity,
    limit: whole("limit", 1e12, 1, 1e12),
    audit: args.audit === true,
    shrink: args.shrink === true,
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
}
