/**
 * From the command line of `deno task replay` to what is asked for. Everything is checked here, before a file is read.
 */
import { BLOCK_SOURCES, type BlockSource, PROFILES } from "../../mod.ts";
import { real, RUN_RANGES } from "../../src/run/check_options.ts";
import { type ConfigTask, readCall } from "../command/config.ts";
import { CONFIG_TABLE, numberOption, Options, type OptionTable, readTable } from "../command/option_table.ts";
import { type Args, pcpSize } from "../command/option_values.ts";
import { UsageError } from "../command/exit.ts";

/** Options of `deno task replay`. */
const REPLAY_TABLE = {
  zoneinfo: { kind: "text" },
  buddyinfo: { kind: "text" },
  pagetypeinfo: { kind: "text" },
  pcplists: { kind: "text" },
  profile: { kind: "choice", names: Object.keys(PROFILES) },
  pcp: { kind: "text", pattern: "^\\d{1,7}/\\d{1,7}$" },
  fraction: numberOption(RUN_RANGES.pcpFraction),
  strategy: { kind: "choice", names: BLOCK_SOURCES },
  out: { kind: "text", fallback: "results/replay" },
  "max-error": numberOption(real(0, 1e6)),
  identity: { kind: "switch" },
  "cross-check": { kind: "switch" },
  ...CONFIG_TABLE,
} as const satisfies OptionTable;

/** How a call of `deno task replay` is a file. */
export const REPLAY_CONFIG: ConfigTask = {
  name: "replay",
  table: REPLAY_TABLE,
  positional: { name: "traces", many: true },
  together: [],
};

/** Files that describe the machine. */
const MACHINE_FILES = ["zoneinfo", "buddyinfo", "pagetypeinfo", "pcplists"] as const;
/** One of them. */
export type MachineFile = typeof MACHINE_FILES[number];

/** What is asked for. */
export interface ReplayRequest {
  /** The whole call, what a file says included. */
  readonly argv: readonly string[];
  /** The call as a file, to be printed instead; null to run. */
  readonly print: string | null;
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
 * @throws UsageError when one is unknown or has an impossible value, or the trace is missing; UnreadableFile,
 * ImportError for a file of options that cannot be used.
 */
export function readReplayArguments(argv: readonly string[]): ReplayRequest {
  const call = readCall(argv, REPLAY_CONFIG);
  const args = readTable(call.argv, REPLAY_TABLE, true);
  const options = new Options(args, REPLAY_TABLE);
  const files = MACHINE_FILES.filter((name) => options.has(name));
  const request = {
    argv: call.argv,
    print: call.print,
    traces: [],
    files: Object.fromEntries(files.map((name) => [name, options.text(name)])),
    profile: options.has("profile") ? options.choice("profile") : null,
    pcp: options.has("pcp") ? pcpSize(options.text("pcp")) : null,
    fraction: options.has("fraction") ? options.number("fraction") : null,
    strategy: options.has("strategy") ? options.choice("strategy") as BlockSource : null,
    identity: options.on("identity"),
    crossCheck: options.on("cross-check"),
    out: options.text("out"),
    maxError: options.has("max-error") ? options.number("max-error") : Infinity,
    json: options.on("json"),
    quiet: options.on("quiet"),
    help: options.on("help"),
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
