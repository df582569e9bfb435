/**
 * From the command line of `deno task replay` to what is asked for. Everything is checked here, before a file is read.
 */
import { BLOCK_SOURCES, type BlockSource, PROFILES } from "../../mod.ts";
import { type Args, choice, numberOf, refuse, text } from "../command/option_values.ts";
import { UsageError } from "../command/exit.ts";
import { readOptions } from "../command/read_options.ts";

const VALUES = [
  "zoneinfo",
  "buddyinfo",
  "pagetypeinfo",
  "pcplists",
  "profile",
  "pcp",
  "fraction",
  "strategy",
  "out",
  "max-error",
] as const;
const SWITCHES = ["identity", "cross-check", "json", "quiet", "help"] as const;

/** Files that describe the machine. */
const MACHINE_FILES = ["zoneinfo", "buddyinfo", "pagetypeinfo", "pcplists"] as const;
/** One of them. */
export type MachineFile = typeof MACHINE_FILES[number];

/** What is asked for. */
export interface ReplayRequest {
  /** Files of traces, folders of recordings, or folders of such folders. */
  readonly traces: readonly string[];
  /** Files that were named. */
  readonly files: Readonly<Partial<Record<MachineFile, string>>>;
  /** Kernel version, null for that of the recording. */
  readonly profile: string | null;
  /** Sizes to imagine. */
  readonly pcp: { readonly high: number; readonly batch: number } | null;
  readonly fraction: number | null;
  /** How pages for blocks are got in the imagined machine, null when none was asked for. */
  readonly strategy: BlockSource | null;
  readonly identity: boolean;
  /** Whether each recording is replayed with the lists of each other one. */
  readonly crossCheck: boolean;
  /** Folder of the tables. */
  readonly out: string;
  /** Largest share by which refills or drains may be off. */
  readonly maxError: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown or has an impossible value, or the trace is missing.
 */
export function readReplayArguments(argv: readonly string[]): ReplayRequest {
  const args = readOptions(argv, VALUES, SWITCHES, true);
  const profile = args.profile === undefined ? null : choice(args, "profile", "", Object.keys(PROFILES));
  const files = MACHINE_FILES.filter((name) => args[name] !== undefined);
  const request = {
    traces: [],
    files: Object.fromEntries(files.map((name) => [name, text(args, name, "")])),
    profile,
    pcp: args.pcp === undefined ? null : pcpOf(args),
    fraction: args.fraction === undefined ? null : fractionOf(args),
    strategy: args.strategy === undefined ? null : choice(args, "strategy", "", BLOCK_SOURCES) as BlockSource,
    identity: args.identity === true,
    crossCheck: args["cross-check"] === true,
    out: text(args, "out", "results/replay"),
    maxError: args["max-error"] === undefined ? Infinity : numberOf(args, "max-error", 0, 0, 1e6, false),
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
  if (request.pcp !== null && request.fraction !== null) {
    throw new UsageError(
      "Cannot read the call: --pcp and --fraction both set the size of the lists, give one of them",
    );
  }
  if (request.help) return request;
  const read = { ...request, traces: tracesOf(args) };
  checkCrossCheck(read);
  return read;
}

function tracesOf(args: Args): string[] {
  const given = (args._ as readonly unknown[]).map(String);
  if (given.length === 0) throw new UsageError("Cannot read the call: expected a TRACE, got none");
  return given;
}

function checkCrossCheck({ crossCheck, pcp, fraction, strategy, profile, maxError }: ReplayRequest): void {
  const isImagined = pcp !== null || fraction !== null || strategy !== null || profile !== null;
  if (!crossCheck || (!isImagined && maxError === Infinity)) return;
  throw new UsageError(
    "Cannot read the call: --cross-check takes the sizes of the lists from the other recordings; " +
      "expected no --pcp, --fraction, --strategy, --profile or --max-error with it",
  );
}

function pcpOf(args: Args): { high: number; batch: number } {
  const found = /^(\d{1,7})\/(\d{1,7})$/.exec(String(args.pcp));
  const high = Number(found?.[1]);
  const batch = Number(found?.[2]);
  if (found === null || batch < 1) {
    refuse("pcp", "HIGH/BATCH in pages with a batch of at least 1", String(args.pcp));
  }
  return { high, batch };
}

function fractionOf(args: Args): number {
  const fraction = numberOf(args, "fraction", 0, 0, 1e9, true);
  if (fraction > 0 && fraction < 8) {
    refuse("fraction", "0 or at least 8, as the kernel does", String(fraction));
  }
  return fraction;
}
