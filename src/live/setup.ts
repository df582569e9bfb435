/**
 * What the sliders of the page stand for, and the run that they ask for. A set-up is at the same time a command line:
 * {@link liveArguments} gives the words, and the run is the same.
 */
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";

/** What a person can choose. */
export interface LiveSetup {
  /** pcp high, in pages. */
  readonly high: number;
  /** pcp batch, in pages. */
  readonly batch: number;
  /** Share of the free memory above the min watermarks that is filled before. */
  readonly pressure: number;
  /** kvfree_rcu calls a second and CPU, 0 for as fast as it goes. */
  readonly rateHz: number;
  /** Where blocks come from. */
  readonly strategy: string;
  /** CPUs, each with one thread of the load. */
  readonly cpus: number;
}

/** A number's range. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Ranges of the numbers of a set-up. */
const LIVE_LIMITS: Readonly<Record<"high" | "batch" | "pressure" | "rateHz" | "cpus", Limits>> = {
  high: { min: 1, max: 512 },
  batch: { min: 1, max: 128 },
  pressure: { min: 0, max: 1 },
  rateHz: { min: 0, max: 10_000_000 },
  cpus: { min: 1, max: 16 },
};

/** A set-up worth looking at, and how fast to look. */
export interface Preset {
  /** Name, as its button says. */
  readonly name: string;
  /** What to see. */
  readonly says: string;
  /** The set-up. */
  readonly setup: LiveSetup;
  /** Sections a second. */
  readonly speed: number;
  /** What came before the first storm is run and not shown. */
  readonly toStorm: boolean;
}

const STORM: LiveSetup = { high: 8, batch: 2, pressure: 0, rateHz: 0, strategy: "lockless", cpus: 2 };

/** Set-ups of the buttons; the page opens with the first. */
export const PRESETS: readonly Preset[] = [
  {
    name: "A miss storm",
    says:
      "Lists of 8 pages. When they run dry, the lockless function fails again for every object, until a slab " +
      "page or a drained block fills them.",
    setup: STORM,
    speed: 20_000,
    toStorm: true,
  },
  {
    name: "As shipped",
    says: "378/63, what a 1 GiB machine boots with: the lists hardly ever run dry.",
    setup: { ...STORM, high: 378, batch: 63 },
    speed: 200_000,
    toStorm: false,
  },
  {
    name: "GFP_NOWAIT",
    says:
      "The same small lists under 5.9's way: an empty list is refilled under zone->lock, and nothing fails.",
    setup: { ...STORM, strategy: "nowait" },
    speed: 20_000,
    toStorm: false,
  },
  {
    name: "Memory pressure",
    says: "All memory above the min watermarks is filled before: reclaim races the storm.",
    setup: { ...STORM, high: 62, batch: 15, pressure: 1 },
    speed: 100_000,
    toStorm: false,
  },
  {
    name: "Eight CPUs",
    says: "Every CPU has lists of its own, and storms of its own.",
    setup: { ...STORM, cpus: 8 },
    speed: 60_000,
    toStorm: true,
  },
];

/** Loops of 8000 objects that each thread of the storm makes. */
const LOOPS = 20;
/** Calls of each program at a call rate. */
const CALLS = 20_000;
/** Speed of the recorded machine: at full speed a storm is over before its first grace period. */
const SLOWDOWN = 36;
const MEMORY = { option: "1G", bytes: 1 << 30 };

/**
 * The run of a set-up.
 *
 * @param run Number of the run: the page starts the next one when a load is over.
 * @throws RangeError when a number is out of its range.
 */
export function liveRunOptions(setup: LiveSetup, run: number): RunOptions {
  for (const [name, { min, max }] of Object.entries(LIVE_LIMITS)) {
    const value = setup[name as keyof typeof LIVE_LIMITS];
    if (!(value >= min && value <= max)) {
      throw new RangeError(`Cannot set ${name}: expected a number from ${min} to ${max}, got ${value}`);
    }
  }
  const geometry = geometryFromSize({ memoryBytes: MEMORY.bytes, cpus: setup.cpus, nodes: 1 });
  const load = setup.rateHz === 0
    ? { workload: "kfree_storm", kfree_loops: LOOPS } as const
    : { workload: "random", calls: CALLS, rateHz: setup.rateHz } as const;
  return {
    ...defaultRunOptions(geometry),
    run,
    scheduler: "virtual",
    strategy: setup.strategy,
    preemption: "voluntary",
    pcp: { high: setup.high, batch: setup.batch },
    pressure: setup.pressure,
    cachedBlocks: 0,
    slowdown: SLOWDOWN,
    ...load,
  };
}

/** The words of `deno task fuzz` that make the run of a set-up, its first run. */
export function liveArguments(setup: LiveSetup): string[] {
  const load = setup.rateHz === 0
    ? ["--workload", "kfree_storm", "--kfree_loops", String(LOOPS)]
    : ["--workload", "random", "--calls", String(CALLS), "--rate", String(setup.rateHz)];
  return [
    ...["--scheduler", "virtual", "--runs", "1", "--mem", MEMORY.option, "--cpus", String(setup.cpus)],
    ...["--strategy", setup.strategy, "--pcp", `${setup.high}/${setup.batch}`],
    ...["--pressure", String(setup.pressure), ...load],
    ...["--rcu_min_cached_objs", "0", "--preemption", "voluntary", "--slowdown", String(SLOWDOWN)],
  ];
}
