/**
 * `deno task mutants`: every seeded bug, hunted under every scheduler.
 */
import { MUTATIONS } from "../../src/mutation/registry.ts";
import type { Mutation } from "../../src/mutation/mutation.ts";
import { real, whole } from "../../src/run/check_options.ts";
import { fewestCalls, hunt } from "../../src/run/hunt.ts";
import { type SchedulerName, SCHEDULERS } from "../../mod.ts";
import { EXIT, reportError } from "../command/exit.ts";
import { type Args, namesIn, numberOf, text } from "../command/option_values.ts";
import { Progress } from "../command/progress.ts";
import { readOptions } from "../command/read_options.ts";
import { textTable } from "../command/text_table.ts";
import { MUTANTS_HELP } from "./usage.ts";

/** What the hunts for a mutation under a scheduler came to. */
export interface MutantRow {
  /** Mutation. */
  readonly id: string;
  /** Whether more than half of the hunts found it. */
  readonly found: boolean;
  /** Checker that reported it most often, null when none did. */
  readonly checker: string | null;
  /** Scheduler. */
  readonly scheduler: SchedulerName;
  /** Runs until it was found, median over the hunts that found it; null when none did. */
  readonly executions: number | null;
  /** Seconds of the same. */
  readonly seconds: number | null;
  /** Fewest calls of a program with which it still shows, as far as was tried. */
  readonly minimal: number | null;
}

interface HuntRequest {
  readonly mutations: readonly Mutation[];
  readonly schedulers: readonly SchedulerName[];
  readonly seeds: number;
  readonly runsMax: number;
  readonly seconds: number;
  readonly seed: string;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** The name that comes most often, the first of those that come as often. */
function mostOften(names: readonly string[]): string | null {
  const count = (name: string) => names.filter((n) => n === name).length;
  return [...new Set(names)].sort((a, b) => count(b) - count(a))[0] ?? null;
}

/** All hunts for one mutation under one scheduler. */
function mutantRow(mutation: Mutation, scheduler: SchedulerName, request: HuntRequest): MutantRow {
  const startedMs = performance.now();
  const goOn = () => performance.now() - startedMs < request.seconds * 1000;
  const found: { executions: number; seconds: number; checker: string }[] = [];
  let hunts = 0;
  for (let i = 0; i < request.seeds && (i === 0 || goOn()); i++, hunts++) {
    const beganMs = performance.now();
    const seed = `${request.seed}/${i}`;
    const result = hunt(mutation, { scheduler, seed, runsMax: request.runsMax, goOn });
    if (result.found?.violation == null) continue;
    const seconds = (performance.now() - beganMs) / 1000;
    found.push({ executions: result.executions, seconds, checker: result.found.violation.checker });
  }
  const smallest = () => fewestCalls(mutation, { scheduler, seed: `${request.seed}/0`, runsMax: 1, goOn });
  return {
    id: mutation.id,
    found: found.length * 2 > hunts,
    checker: mostOften(found.map((f) => f.checker)),
    scheduler,
    executions: median(found.map((f) => f.executions)),
    seconds: median(found.map((f) => f.seconds)),
    minimal: found.length === 0 ? null : smallest(),
  };
}

/** Rows for every mutation and scheduler; `done` is told how many there are. */
export function mutantRows(request: HuntRequest, done: (rows: number) => void = () => {}): MutantRow[] {
  const rows: MutantRow[] = [];
  for (const mutation of request.mutations) {
    for (const scheduler of request.schedulers) {
      rows.push(mutantRow(mutation, scheduler, request));
      done(rows.length);
    }
  }
  return rows;
}

function mutantTable(rows: readonly MutantRow[]): string {
  const lines = rows.map((r) => [
    r.id,
    r.scheduler,
    r.found ? "yes" : r.checker === null ? "NO" : "seldom",
    r.checker ?? "-",
    r.executions === null ? "-" : String(r.executions),
    r.seconds === null ? "-" : r.seconds.toFixed(2),
    r.minimal === null ? "-" : String(r.minimal),
  ]);
  const all = [["mutation", "scheduler", "found", "checker", "runs", "seconds", "calls"], ...lines];
  return textTable(all, (column) => column < 4); // names
}

function namesOf<T extends string>(args: Args, option: string, known: readonly T[]): T[] {
  const names = namesIn(option, text(args, option, "all"), known, ["all"]);
  return names[0] === "all" ? [...known] : names as T[];
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const values = ["mutation", "scheduler", "seeds", "runs", "seconds", "seed"];
    const args = readOptions(argv, values, ["json", "quiet", "help"]);
    if (args.help === true) {
      console.log(MUTANTS_HELP);
      return EXIT.fine;
    }
    const ids = namesOf(args, "mutation", MUTATIONS.map((m) => m.id));
    const request: HuntRequest = {
      mutations: MUTATIONS.filter((m) => ids.includes(m.id)),
      schedulers: namesOf(args, "scheduler", SCHEDULERS),
      seeds: numberOf(args, "seeds", whole(1, 1000), 20),
      runsMax: numberOf(args, "runs", whole(1, 100_000), 40),
      seconds: numberOf(args, "seconds", real(0.1, 1e6), 60),
      seed: text(args, "seed", "1"),
    };
    const words = { items: "hunts", steps: "hunts" };
    const total = request.mutations.length * request.schedulers.length;
    const progress = new Progress(total, args.quiet === true, words);
    const rows = mutantRows(request, (n) => progress.update(n, n));
    progress.clear();
    if (args.json === true) console.log(JSON.stringify(rows, null, 2));
    else if (args.quiet !== true) console.log(mutantTable(rows));
    const missed = request.mutations.filter(({ id }) => !rows.some((r) => r.id === id && r.found));
    if (missed.length > 0 && args.quiet !== true) {
      console.error(`not found under any scheduler: ${missed.map((m) => m.id).join(", ")}`);
    }
    return missed.length === 0 ? EXIT.fine : EXIT.violation;
  } catch (error) {
    return reportError("mutants", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
