/**
 * The ranges of a run's numbers, and whether a value from outside is the options of a run.
 */
import { STRATEGIES } from "../strategy/registry.ts";
import { PROFILES } from "../profile/profile.ts";
import { SCHEDULERS } from "../scheduler/registry.ts";
import { quote } from "../import/import_error.ts";
import { checkGeometry, checkPcp } from "./check_geometry.ts";
import { type InitialPcp, KFREE_MULT_MAX, RCU_BOOT, type RunOptions, WORKLOADS } from "./options.ts";

/** Range of a number. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. */
  readonly whole: boolean;
  /** Whether 0 is one too, though it is below the range. */
  readonly orZero?: boolean;
}

/** Whole numbers from `min` to `max`. */
export const whole = (min: number, max: number): NumberRange => ({ min, max, whole: true });
/** Numbers from `min` to `max`. */
export const real = (min: number, max: number): NumberRange => ({ min, max, whole: false });

/** Most CPUs and nodes of a machine to run: a CPU has seven tasks of its own, and random scheduling looks at all. */
export const CPUS_MAX = 256, NODES_MAX = 8;
/** Least and most memory of a machine that is made up: 16 MiB, 1 TiB. */
export const BYTES_MIN = 2 ** 24, BYTES_MAX = 2 ** 40;

/** Ranges of a run's numbers: the one place where they stand, for lines, files and command lines. */
export const RUN_RANGES = {
  run: whole(0, 1e9),
  pctDepth: whole(1, 20),
  pctSections: whole(1, 1e12),
  HZ: whole(50, 10_000),
  pageblockOrder: whole(1, 10),
  threads: whole(1, CPUS_MAX),
  calls: whole(1, 1e6),
  rateHz: real(0, 1e9),
  pressure: real(0, 1),
  swapPages: whole(0, 2 ** 28),
  pollUs: whole(0, 1e7),
  kfree_alloc_num: whole(1, 1e6),
  kfree_loops: whole(1, 1e5),
  gapUs: whole(0, 1e6),
  kfree_mult: whole(1, KFREE_MULT_MAX),
  pcpFraction: { ...whole(8, 1e9), orZero: true }, // as the sysctl has it
  cachedBlocks: whole(0, 1000),
  blockEntries: whole(1, 510),
  slowdown: real(0.01, 1000),
  hostCores: whole(0, 1024),
  stolen: real(0, 0.99),
  stepsMax: whole(1, 1e12),
} as const satisfies Partial<Record<keyof RunOptions, NumberRange>>;

/** Numbers that may be null. */
const NULLABLE: readonly string[] = ["cachedBlocks", "blockEntries"];

/** Options that are one of a few names. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  scheduler: SCHEDULERS,
  strategy: STRATEGIES.map((s) => s.name),
  profile: Object.keys(PROFILES),
  preemption: ["voluntary", "full", "rt"],
  workload: WORKLOADS,
  costEnd: ["nominal", "low", "high", "emulated"],
};

function refuse(name: string, expected: string, got: unknown): never {
  // NaN and Infinity are null in JSON
  const words = typeof got === "number" ? String(got) : String(JSON.stringify(got));
  const text = got === undefined ? "nothing" : quote(words);
  throw new RangeError(`Cannot run: option "${name}" must be ${expected}, got ${text}`);
}

/** What a range asks for, in words. */
export function rangeWords({ min, max, whole, orZero = false }: NumberRange): string {
  return `${orZero ? "0 or " : ""}a ${whole ? "whole " : ""}number from ${min} to ${max}`;
}

/** Whether a value is a number of the range. */
export function isIn({ min, max, whole, orZero = false }: NumberRange, value: unknown): value is number {
  if (orZero && value === 0) return true;
  return typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
}

/** The number of the range that a text stands for, NaN when it is none. */
export function numberIn(range: NumberRange, text: string): number {
  const value = /^\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : NaN;
  return isIn(range, value) ? value : NaN;
}

/** A list of names. */
function checkNames(name: string, value: unknown, known: readonly string[] | null): void {
  if (!Array.isArray(value)) return refuse(name, "a list", value);
  for (const each of value) {
    if (typeof each !== "string") refuse(name, "a list of texts", value);
    if (known !== null && !known.includes(each)) refuse(name, `of ${known.join(", ")}`, each);
  }
}

/**
 * Checks what lies on the per-CPU lists at the start.
 *
 * @throws RangeError when it fits no machine of so many zones and CPUs.
 */
export function checkInitialPcp(
  value: unknown,
  zones: number,
  cpus: number,
): asserts value is readonly InitialPcp[] {
  if (!Array.isArray(value)) return refuse("initialPcp", "a list", value);
  for (const row of value) {
    const isPlace = (n: unknown, count: number) => isIn(whole(0, count - 1), n);
    const isRight = typeof row === "object" && row !== null && isPlace(row.zone, zones) &&
      isPlace(row.cpu, cpus) && Array.isArray(row.pages) && row.pages.length === 3 &&
      row.pages.every((n: unknown) => isIn(whole(0, 2 ** 31 - 1), n));
    if (!isRight) refuse("initialPcp", "of a zone, a CPU, and three numbers of pages", row);
  }
}

/** Programs are lists of numbers; whether a machine can run them is found out when it is built. */
function checkPrograms(value: unknown): void {
  const isList = (each: unknown) => Array.isArray(each) && each.every((word) => Number.isSafeInteger(word));
  const { threads, devices } = (value ?? {}) as { threads?: unknown; devices?: unknown };
  const areRight = Array.isArray(threads) && threads.every(isList) && Array.isArray(devices) &&
    devices.every((each) => each === null || isList(each));
  if (value !== null && !areRight) {
    refuse("programs", "null, or lists of numbers for threads and devices", value);
  }
}

/**
 * Checks a value that should be the options of a run.
 *
 * @throws RangeError when it is none; the message names the option.
 */
export function checkRunOptions(value: unknown): asserts value is RunOptions {
  if (typeof value !== "object" || value === null) return refuse("options", "an object", value);
  const given = value as Readonly<Record<string, unknown>>;
  for (const [name, range] of Object.entries(RUN_RANGES)) {
    if (given[name] === null && NULLABLE.includes(name)) continue;
    if (!isIn(range, given[name])) refuse(name, rangeWords(range), given[name]);
  }
  for (const [name, known] of Object.entries(NAMES)) {
    if (!known.includes(given[name] as string)) refuse(name, `one of ${known.join(", ")}`, given[name]);
  }
  if (typeof given.seed !== "string") refuse("seed", "a text", given.seed);
  for (const name of ["pageOwner", "traced"]) {
    if (typeof given[name] !== "boolean") refuse(name, "true or false", given[name]);
  }
  checkNames("bugs", given.bugs, null);
  checkNames("rcuBoot", given.rcuBoot, RCU_BOOT);
  checkPrograms(given.programs);
  if (given.pcp !== null) checkPcp("pcp", given.pcp);
  const { geometry } = given;
  checkGeometry(geometry);
  checkInitialPcp(given.initialPcp, geometry.zones.length, geometry.cpuNodes.length);
}
