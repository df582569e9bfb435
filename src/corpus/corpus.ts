/**
 * Runs worth going on from: each reached something that no run before had. New runs are made from them by changing
 * their programs a little, and by following their schedules for a while.
 */
import { isKfreeLoad, type RunOptions } from "../run/options.ts";
import { planMachine, programsOf } from "../run/plan.ts";
import type { ScheduledRun } from "../run/schedule_line.ts";
import type { Prng } from "../sim/prng.ts";
import { firstSegments, type LabelledSchedule, SEGMENT_WORDS } from "../sim/schedule.ts";
import type { Programs } from "../workload/explicit_program.ts";
import { programOfUnits, unitsOf } from "../workload/explicit_program.ts";
import { CALL_WORDS } from "../workload/program.ts";

/** Runs that are kept; past it the oldest goes. */
const KEPT_MAX = 256;
/** Blocks and caches that a changed run may have instead. */
const BLOCK_ENTRIES = [1, 2, 4, 16], CACHED_BLOCKS = [0, 1, 2];

/** A run to make: its options, and the schedule that it follows at first. */
export interface Mutant {
  /** What it is. */
  readonly options: RunOptions;
  /** How it begins, null for in no given way. */
  readonly start: LabelledSchedule | null;
}

/** The kept runs. */
export class Corpus {
  readonly #kept: ScheduledRun[] = [];

  /** How many runs are kept. */
  get size(): number {
    return this.#kept.length;
  }

  /** Keeps a run, with its programs as data. */
  add(run: ScheduledRun): ScheduledRun {
    const { options } = run;
    const explicit = options.programs === null && !isKfreeLoad(options.workload);
    const kept = explicit
      ? { ...run, options: { ...options, programs: programsOf(planMachine(options).m, options) } }
      : run;
    this.#kept.push(kept);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    return kept;
  }

  /** A run made from a kept one, as run number `run` of the seed; those of late are taken more often. */
  mutant(prng: Prng, seed: string, run: number): Mutant {
    const newest = this.#kept.length - 1;
    const chosen = this.#kept[Math.max(prng.upTo(newest), prng.upTo(newest))]!;
    const { options, schedule } = chosen;
    const programs = options.programs === null ? null : this.#changed(prng, options, options.programs);
    const changes = prng.chance(1, 4)
      ? {
        blockEntries: BLOCK_ENTRIES[prng.upTo(BLOCK_ENTRIES.length - 1)]!,
        cachedBlocks: CACHED_BLOCKS[prng.upTo(CACHED_BLOCKS.length - 1)]!,
      }
      : {};
    const isStarted = schedule !== null && prng.chance(3, 4);
    const start = isStarted
      ? firstSegments(schedule, prng.upTo(schedule.segments.length / SEGMENT_WORDS))
      : null;
    return { options: { ...options, ...changes, programs, seed, run }, start };
  }

  /** One to three changes of the threads' programs. */
  #changed(prng: Prng, options: RunOptions, programs: Programs): Programs {
    let threads = programs.threads;
    for (let changes = prng.between(1, 3); changes > 0; changes--) {
      const i = prng.upTo(threads.length - 1);
      switch (prng.upTo(2)) {
        case 0:
          threads = threads.with(i, withoutPart(prng, threads[i]!));
          break;
        case 1: {
          const j = prng.upTo(threads.length - 1);
          threads = threads.with(i, threads[j]!).with(j, threads[i]!);
          break;
        }
        default:
          threads = threads.with(i, this.#crossed(prng, options, threads[i]!));
      }
    }
    return { threads, devices: programs.devices };
  }

  /** The beginning of a program and the end of another one, of no more calls than a run may have. */
  #crossed(prng: Prng, options: RunOptions, words: readonly number[]): readonly number[] {
    const like = this.#kept.filter((run) => areAlike(run.options, options));
    const other = like[prng.upTo(like.length - 1)]!.options.programs?.threads ?? [];
    if (other.length === 0) return words;
    const { calls } = options;
    const theirs = other[prng.upTo(other.length - 1)]!;
    const [head, tail] = [unitsOf(words), unitsOf(theirs)];
    const begin = programOfUnits(
      words,
      head.slice(0, prng.upTo(Math.min(head.length, Math.floor(calls / 2)))),
    );
    const end = programOfUnits(
      theirs,
      tail.slice(Math.max(tail.length - Math.floor(calls / 2), prng.upTo(tail.length))),
    );
    return [...begin.slice(0, -CALL_WORDS), ...end];
  }
}

/** Whether a program of one run means something in another: it names caches, which loads differ in, and CPUs. */
function areAlike(a: RunOptions, b: RunOptions): boolean {
  return a.workload === b.workload && a.geometry.cpuNodes.length === b.geometry.cpuNodes.length;
}

/** A program without some units that stand side by side. */
function withoutPart(prng: Prng, words: readonly number[]): readonly number[] {
  const units = unitsOf(words);
  if (units.length === 0) return words;
  const from = prng.upTo(units.length - 1);
  return programOfUnits(words, units.toSpliced(from, prng.between(1, Math.ceil((units.length - from) / 2))));
}
