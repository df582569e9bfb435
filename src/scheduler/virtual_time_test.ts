/**
 * Virtual time against a slow twin, which looks at every CPU at each step and knows no shortcut: the same task is next,
 * and the world is the same.
 */
import { assert, assertEquals } from "@std/assert";
import { type Cpus, mayInterrupt } from "../cpu/cpu.ts";
import { resumeSame, switchTo } from "../cpu/sched.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import { Recorder } from "../sim/schedule.ts";
import { begin, LEVEL, TASK } from "../sim/task.ts";
import { step } from "./engine.ts";
import { NOBODY } from "./scheduler.ts";
import { VirtualTimeScheduler } from "./virtual_time.ts";

/** One CPU of a machine, as the rules have it. */
class SlowCpu {
  constructor(private readonly m: Cpus, private readonly c: number) {}

  #isReady = (t: number) => this.m.task.state[t] === TASK.ready;
  #active = (level: number) => this.m.cpu.active[this.c * 4 + level]! - 1;
  #curr = () => this.m.cpu.curr[this.c]! - 1;
  #mayBeInterrupted = () => mayInterrupt(this.m, this.c, LEVEL.hardirq);

  /** Ready threads, those of high priority first, then by virtual run time; who comes first in the list wins ties. */
  #threads(): number[] {
    const { cpu, high, vruntimeNs } = this.m.task;
    const here = [...this.m.roles.threads[this.c]!].filter((t) => cpu[t] === this.c); // others may come some time
    return here.filter(this.#isReady)
      .sort((a, b) => high[b]! - high[a]! || vruntimeNs[a]! - vruntimeNs[b]!);
  }

  /** Interrupts by when they come, the first of those that have come goes first. */
  #interrupts(): { ns: number; task: number; start: number }[] {
    const { m: { cpu, roles }, c } = this;
    return [
      {
        ns: cpu.ipiPending[c] === 0 ? Infinity : cpu.ipiSentNs[c]!,
        task: roles.ipi[c]!,
        start: roles.ipiStart,
      },
      { ns: cpu.hrtimerDueNs[c]!, task: roles.hrtimer[c]!, start: roles.hrtimerStart },
      { ns: cpu.irqDueNs[c]!, task: roles.device[c]!, start: roles.deviceStart },
      { ns: cpu.nextTickNs[c]!, task: roles.tick[c]!, start: roles.tickStart },
    ];
  }

  isBusy(): boolean {
    const { m: { cpu }, c } = this;
    const inside = [LEVEL.hardirq, LEVEL.softirq].map(this.#active).find((t) => t >= 0);
    if (inside !== undefined) return this.#isReady(inside);
    if (cpu.softirqPending[c] !== 0 && cpu.irqOff[c] === 0) return true;
    return this.#curr() >= 0 ? this.#isReady(this.#curr()) : this.#threads().length > 0;
  }

  /** When something happens here. */
  nextNs(): number {
    const now = this.m.cpu.clockNs[this.c]!;
    if (this.isBusy()) return now;
    return this.#mayBeInterrupted()
      ? Math.max(now, Math.min(...this.#interrupts().map(({ ns }) => ns)))
      : Infinity;
  }

  /** Lets the clock go on to when something happens. */
  idleUntil(ns: number): void {
    const { m: { cpu }, c } = this;
    if (this.#curr() < 0) {
      cpu.idleNs[c]! += ns - cpu.clockNs[c]!;
      cpu.idleEntries[c]!++;
    }
    cpu.clockNs[c] = ns;
  }

  /** Task that runs next here, put in place; NOBODY when an interrupt that was waited for only ends the wait. */
  choose(): number {
    const { m, c } = this;
    const { cpu, roles } = m;
    if (this.#active(LEVEL.hardirq) >= 0) return this.#active(LEVEL.hardirq);
    const come = this.#interrupts().find(({ ns }) => ns <= cpu.clockNs[c]!);
    if (this.#mayBeInterrupted() && come !== undefined) return this.#enter(come.task, come.start);
    const softirq = this.#active(LEVEL.softirq);
    if (softirq >= 0) return this.#isReady(softirq) ? softirq : NOBODY;
    if (cpu.softirqPending[c] !== 0 && this.#mayBeInterrupted()) {
      return this.#enter(roles.softirq[c]!, roles.softirqStart);
    }
    return this.#chooseThread();
  }

  #enter(t: number, start: number): number {
    begin(this.m, t, start);
    switchTo(this.m, t);
    return t;
  }

  #chooseThread(): number {
    const { m, c } = this;
    const { cpu, task } = m;
    const [curr, best] = [this.#curr(), this.#threads()[0]];
    if (curr < 0) return best === undefined ? NOBODY : this.#resume(best);
    if (!this.#isReady(curr)) return NOBODY;
    const isAsked = cpu.yields[c] !== 0 || m.profile.preemption !== "voluntary" && cpu.needResched[c] !== 0;
    if (!isAsked || cpu.irqOff[c] !== 0 || cpu.preemptOff[c] !== 0) return curr;
    const isBetter = task.high[best!] !== task.high[curr] || task.vruntimeNs[best!]! < task.vruntimeNs[curr]!;
    if (best !== curr && isBetter) return this.#resume(best!);
    resumeSame(m, curr);
    return curr;
  }

  /** A thread that comes takes a switch, and what the CPU's ticks have left to do comes with the next jiffy. */
  #resume(t: number): number {
    const { m, c } = this;
    const { cpu, task } = m;
    switchTo(m, t);
    cpu.clockNs[c]! += m.cost.contextSwitch;
    cpu.minVruntimeNs[c] = Math.max(cpu.minVruntimeNs[c]!, task.vruntimeNs[t]!);
    const jiffy = (Math.floor(cpu.clockNs[c]! / m.tickNs) + 1) * m.tickNs;
    cpu.nextTickNs[c] = Math.min(cpu.nextTickNs[c]!, jiffy);
    return t;
  }
}

/** The task that is next on the machine; looks again when a CPU only stopped waiting. */
function slowNext(m: Cpus): number {
  const cpus = Array.from({ length: m.nrCpus }, (_, c) => new SlowCpu(m, c));
  for (;;) {
    const ns = Math.min(...cpus.map((cpu) => cpu.nextNs()));
    if (ns === Infinity) return NOBODY;
    const cpu = cpus.find((each) => each.nextNs() === ns)!;
    if (!cpu.isBusy()) cpu.idleUntil(ns);
    const t = cpu.choose();
    if (t !== NOBODY) return t;
  }
}

const geometry = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 3, nodes: 1 });
const BASE: RunOptions = { ...defaultRunOptions(geometry), scheduler: "virtual", calls: 150, threads: 7 };
const RUNS: readonly (readonly [what: string, change: Partial<RunOptions>])[] = [
  ["random programs, preempted", { preemption: "full", rateHz: 200_000 }],
  ["random programs, voluntary", { preemption: "voluntary", pressure: 1 }],
  ["a storm with a worker and a script that polls", {
    ...{ workload: "kfree_storm", kfree_alloc_num: 500, kfree_loops: 9, strategy: "page_cache_work" },
    ...{ profile: "v6_1", preemption: "voluntary", pollUs: 100, slowdown: 36 },
  }],
  ["waiting callers on RT", { preemption: "rt", strategy: "sync", profile: "v6_12" }],
];

for (const [what, change] of RUNS) {
  Deno.test(`virtual: ${what} run as the slow twin has them`, () => {
    const [one, twin] = [0, 1].map(() => planMachine({ ...BASE, ...change }));
    const recorder = new Recorder(1e6);
    const scheduler = new VirtualTimeScheduler(recorder);
    const tasks: number[] = [];
    const levels = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      const t = scheduler.next(one!.m);
      assertEquals(t, slowNext(twin!.m), `section ${i}`);
      if (t === NOBODY) break;
      tasks.push(t);
      levels.add(one!.m.task.level[t]!);
      if (i % 500 === 0) assertEquals(one!.bytes, twin!.bytes, `before section ${i}`);
      step(one!.m, one!.table, t);
      step(twin!.m, twin!.table, t);
    }
    assertEquals(one!.bytes, twin!.bytes);
    assertEquals([...recorder.tasks()], tasks);
    assert(levels.has(LEVEL.task) && levels.has(LEVEL.hardirq), `levels ${[...levels]}`);
  });
}
