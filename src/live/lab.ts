/**
 * One machine to look at while it runs: the same model, scheduler and load as on the command line, a few sections at a
 * time, with plain numbers of its present state. Neither clock nor page: whoever shows it decides how fast it goes.
 */
import { objectBytes } from "../run/facts.ts";
import { Collector } from "../metrics/collector.ts";
import { MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import { pcpListHead, pcpOf } from "../mm/mm.ts";
import { largestZone } from "../run/geometry.ts";
import { isQuiet, type Machine } from "../run/machine.ts";
import { planMachine } from "../run/plan.ts";
import { runSteps, step } from "../scheduler/engine.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { sectionFacts } from "../sim/operation.ts";
import { liveRunOptions, type LiveSetup } from "./setup.ts";
import { type Storm, STORM_MISSES, Watch } from "./watch.ts";

/** Sections between two looks at whether the load is over. */
const SLICE = 1024;
/** Sections between two looks at whether a storm has begun, and most sections before it. */
const STORM_SLICE = 64, STORM_WITHIN = 2_000_000;

/** A CPU as it is now. */
export interface LiveCpu {
  /** Pages on the lists by type: UNMOVABLE, MOVABLE, RECLAIMABLE. */
  readonly lists: readonly number[];
  /** pcp high. */
  readonly high: number;
  /** Failed requests in a row that go on. */
  readonly streak: number;
}

/** A machine as it is now. */
export interface LiveState {
  /** Number of the run. */
  readonly run: number;
  /** Sections run. */
  readonly steps: number;
  /** Virtual time in ns. */
  readonly nowNs: number;
  /** The section that ran last, and its CPU. */
  readonly last: { readonly section: string; readonly cpu: number } | null;
  /** Each CPU. */
  readonly cpus: readonly LiveCpu[];
  /** Requests for a block's page, how many got one, and how many runs of failures there were. */
  readonly attempts: number;
  readonly hits: number;
  readonly missEpisodes: number;
  /** Objects given to kvfree_rcu, those that fell back, and those that wait to be freed. */
  readonly objects: number;
  readonly fellBack: number;
  readonly waiting: number;
  /** Grace periods that ended. */
  readonly gracePeriods: number;
  /** Storms of late that are over, how many there were, the longest streak of failures. */
  readonly storms: readonly Storm[];
  readonly stormCount: number;
  readonly longest: number;
  /** Columns since the last state: see STRIP. */
  readonly columns: Int32Array;
  /** The load is over and everything has been freed. */
  readonly over: boolean;
}

/** A machine that is being looked at. */
export class Lab {
  readonly #machine: Machine;
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #collector: Collector;
  readonly #watch: Watch;
  readonly #run: number;
  readonly #zone: number;
  #untilColumn: number;
  #untilLook = SLICE;
  #over = false;
  #last: LiveState["last"] = null;
  /** Sections that a column of the strip stands for. */
  sectionsPerColumn: number;

  /**
   * Builds the machine of a set-up.
   *
   * @throws RangeError when it cannot be built.
   */
  constructor(setup: LiveSetup, run: number, sectionsPerColumn: number) {
    const options = liveRunOptions(setup, run);
    this.#machine = planMachine(options);
    this.#zone = largestZone(options.geometry.zones);
    this.#run = run;
    const { m } = this.#machine;
    this.#collector = new Collector(m, objectBytes(m));
    this.#watch = new Watch(m, this.#zone);
    m.events.subscribe(this.#collector);
    m.events.subscribe(this.#watch);
    this.sectionsPerColumn = this.#untilColumn = sectionsPerColumn;
  }

  /** Runs up to `sections` sections; fewer when the load ends. */
  run(sections: number): void {
    const { m, table } = this.#machine;
    for (let left = sections; left > 0 && !this.#over;) {
      const part = Math.min(left, this.#untilColumn, this.#untilLook);
      const ran = runSteps(m, table, this.#scheduler, part);
      this.#ran(ran);
      left -= part;
      if (ran < part) this.#over = true;
    }
  }

  /** Runs to where a storm begins; to nowhere special when none comes. */
  runToStorm(): void {
    const { streak } = this.#watch;
    for (let done = 0; done < STORM_WITHIN && !this.#over; done += STORM_SLICE) {
      this.run(STORM_SLICE);
      if (streak.some((misses) => misses >= STORM_MISSES)) return;
    }
  }

  /** Runs one section and remembers which. */
  step(): void {
    const { m, table } = this.#machine;
    const t = this.#over ? -1 : this.#scheduler.next(m);
    if (t < 0) return;
    this.#last = { section: sectionFacts(m.task.pc[t]!).name, cpu: m.task.cpu[t]! };
    step(m, table, t);
    this.#ran(1);
  }

  #ran(sections: number): void {
    if ((this.#untilColumn -= sections) <= 0) {
      this.#watch.closeColumn();
      this.#untilColumn = this.sectionsPerColumn;
    }
    if ((this.#untilLook -= sections) <= 0) {
      this.#untilLook = SLICE;
      this.#over = isQuiet(this.#machine.m);
    }
  }

  /** The present state; the columns in it are forgotten here. */
  state(): LiveState {
    const { m } = this.#machine;
    const c = this.#collector;
    const watch = this.#watch;
    return {
      run: this.#run,
      steps: m.clock.steps[0]!,
      nowNs: m.cpu.clockNs.reduce((most, ns) => Math.max(most, ns), 0),
      last: this.#last,
      cpus: Array.from({ length: m.nrCpus }, (_, cpu) => this.#cpu(cpu)),
      attempts: c.attempts,
      hits: c.hits,
      missEpisodes: c.missEpisodes,
      objects: c.queued[0]! + c.queued[1]! + c.queued[2]! + c.synchronized,
      fellBack: c.queued[2]! + c.synchronized,
      waiting: c.waiting,
      gracePeriods: c.gracePeriods,
      storms: watch.storms.slice(),
      stormCount: watch.stormCount,
      longest: Math.max(watch.longest, ...watch.streak),
      columns: watch.strip.take(),
      over: this.#over,
    };
  }

  #cpu(cpu: number): LiveCpu {
    const { m } = this.#machine;
    const pcp = pcpOf(m, this.#zone, cpu);
    const lists = [];
    for (let type = 0; type < MIGRATE_PCPTYPES; type++) {
      lists.push(listLength(m.link.next, pcpListHead(m, pcp, type)));
    }
    return { lists, high: m.pcp.high[pcp]!, streak: this.#watch.streak[cpu]! };
  }
}

/** Nodes behind a list's head. */
function listLength(next: Int32Array, head: number): number {
  let length = 0;
  for (let node = next[head]!; node !== head; node = next[node]!) length++;
  return length;
}
