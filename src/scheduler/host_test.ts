/**
 * The host of a virtual machine: how many CPUs have a core at a time, whom a turn's end meets, and that a seed says
 * when it is others' turn.
 */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Cpus } from "../cpu/cpu.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { Prng } from "../sim/prng.ts";
import { TASK } from "../sim/task.ts";
import { Host, type HostOptions } from "./host.ts";

const TURN_NS = 4e6;
const STEP_NS = 10_000;

/** Clocks of CPUs and nothing else, no lock either; task c runs on CPU c where `running` says so. */
function clocks(running: readonly boolean[]): Cpus {
  return {
    nrCpus: running.length,
    cpu: {
      clockNs: new Float64Array(running.length),
      idleNs: new Float64Array(running.length),
      curr: Int32Array.from(running, (runs, c) => runs ? c + 1 : 0),
      active: new Int32Array(running.length * 4),
    },
    task: {
      vruntimeNs: new Float64Array(running.length),
      vruntimeRate: new Float64Array(running.length).fill(1),
      state: new Uint8Array(running.length).fill(TASK.ready),
    },
    lock: {},
    keptLocks: 0,
  } as unknown as Cpus;
}

/** What virtual time does with CPUs that never sleep: spans of time in which each of them ran, in ns. */
function spansOf(m: Cpus, host: Host, steps: number): { c: number; fromNs: number; toNs: number }[] {
  const spans: { c: number; fromNs: number; toNs: number }[] = [];
  const { clockNs } = m.cpu;
  for (let i = 0; i < steps;) {
    let best = -1;
    for (let c = 0; c < m.nrCpus; c++) {
      if (!host.waits(c) && (best < 0 || clockNs[c]! < clockNs[best]!)) best = c;
    }
    const fromNs = clockNs[best]!;
    if (!host.lets(best, fromNs, true)) continue;
    clockNs[best] = fromNs + STEP_NS;
    const last = spans.findLast((s) => s.c === best);
    if (last?.toNs === fromNs) last.toNs = fromNs + STEP_NS;
    else spans.push({ c: best, fromNs, toNs: fromNs + STEP_NS });
    i++;
  }
  return spans;
}

function storm(changes: Partial<RunOptions>): RunOptions {
  return {
    ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
    scheduler: "virtual",
    workload: "kfree_storm",
    slowdown: 10,
    ...changes,
  };
}

const loadNs = ({ m }: { readonly m: Cpus }) =>
  Math.max(...m.cpu.clockNs.map((ns, c) => ns - m.cpu.idleNs[c]!));

Deno.test("Host gives others the share that was asked for, in turns of 4 ms, at the cost of the task that runs", () => {
  for (const stolen of [0.1, 0.45, 0.9]) {
    const m = clocks([true]);
    const spans = spansOf(m, new Host(m, { hostCores: 0, stolen }, new Prng("share")), 400_000);
    const ranNs = spans.reduce((sum, s) => sum + s.toNs - s.fromNs, 0);
    assertAlmostEquals(1 - ranNs / m.cpu.clockNs[0]!, stolen, 0.02, `${stolen}`);
    assertEquals(m.task.vruntimeNs[0], m.cpu.clockNs[0]! - ranNs);
    for (const [i, span] of spans.entries()) {
      if (i > 0) assertEquals((span.fromNs - spans[i - 1]!.toNs) % TURN_NS, 0, "others have whole turns");
    }
  }
});

Deno.test("Host lets as many CPUs run at a time as it has cores, on one core each as long as the others", () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.nat());
  fc.assert(fc.property(cases, ([cpus, hostCores, seed]) => {
    const m = clocks(new Array<boolean>(cpus).fill(true));
    const spans = spansOf(m, new Host(m, { hostCores, stolen: 0 }, new Prng(`${seed}`)), 20_000);
    // who makes room for one that wakes has been a step ahead
    const ends = spans.filter((s) => s.toNs > s.fromNs + STEP_NS)
      .flatMap((s) => [[s.fromNs + STEP_NS, 1], [s.toNs, -1]] as const);
    ends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let running = 0;
    for (const [, change] of ends) {
      running += change;
      assert(running <= hostCores, `${running} CPUs on ${hostCores} cores`);
    }
    const ran = m.cpu.clockNs.map((_, c) =>
      spans.reduce((sum, s) => sum + (s.c === c ? s.toNs - s.fromNs : 0), 0)
    );
    const used = Math.min(cpus, hostCores);
    const idleNs = Math.max(...m.cpu.clockNs) - ran.reduce((sum, ns) => sum + ns, 0) / used;
    assert(idleNs <= cpus * STEP_NS, `a core of ${used} was idle for ${idleNs} ns`);
    // several turns that end at the same time are not evened out
    if (used > 1 && used < cpus) return;
    assert(Math.max(...ran) - Math.min(...ran) <= 2 * TURN_NS, `unequal: ${ran.join(", ")}`);
  }));
});

/** Brings a CPU to the start of a whole turn at `ns`, whatever was left of its first one. */
function startTurn(m: Cpus, host: Host, c: number, ns: number): void {
  assert(host.lets(c, m.cpu.clockNs[c]!, true));
  m.cpu.clockNs[c] = ns;
  assert(!host.lets(c, ns, true) && !host.waits(c));
  assertEquals([host.nextNs(c, Infinity), m.cpu.clockNs[c]], [ns + TURN_NS, ns]);
}

Deno.test("Host: who wakes has a core; the one with least of its turn left makes room, and goes on after", () => {
  const m = clocks([true, true, false]);
  const host = new Host(m, { hostCores: 2, stolen: 0 }, new Prng("wakes"));
  startTurn(m, host, 1, 5e6);
  startTurn(m, host, 0, 4e6);
  const wake = (ns: number) => {
    m.cpu.curr[2] = 3;
    m.cpu.clockNs[2] = ns;
    assert(host.lets(2, ns, true));
    return host.nextNs(2, Infinity) - ns; // what is left of its turn
  };
  const sleep = (ns: number) => {
    m.cpu.curr[2] = 0;
    m.cpu.clockNs[2] = ns;
    assert(host.lets(2, ns, true), "something is there to do, only nobody has begun with it");
    assertEquals(host.nextNs(2, 99e6), ns, "it gives its core back as soon as it sleeps");
    assert(!host.lets(2, ns, false));
    assertEquals(host.nextNs(2, 99e6), 99e6, "then it has none until it is interrupted");
  };
  m.cpu.clockNs[0] = 6e6;
  const leftNs = wake(6e6);
  assertEquals([0, 1, 2].map((c) => host.waits(c)), [true, false, false]);
  sleep(6.5e6);
  assertEquals([0, 1, 2].map((c) => host.waits(c)), [false, false, false]);
  assertEquals([m.cpu.clockNs[0], m.task.vruntimeNs[0]], [6.5e6, 0.5e6]);
  assertEquals(host.nextNs(0, Infinity), 8.5e6, "2 ms of its turn were left");
  m.cpu.clockNs[0] = 7.2e6; // a section ahead
  assertEquals(wake(7e6), leftNs - 0.5e6);
  sleep(7.1e6);
  assertEquals([m.cpu.clockNs[0], m.task.vruntimeNs[0]], [7.2e6, 0.5e6], "no clock goes back");
});

Deno.test("Host: who made room last goes on first", () => {
  const m = clocks([true, true, true]);
  const host = new Host(m, { hostCores: 1, stolen: 0 }, new Prng("stack"));
  for (const c of [0, 1, 2]) assert(host.lets(c, 0, true));
  assertEquals([0, 1, 2].map((c) => host.waits(c)), [true, true, false]);
  m.cpu.curr[2] = 0;
  assert(!host.lets(2, 0, false));
  assertEquals([0, 1, 2].map((c) => host.waits(c)), [true, false, false]);
});

Deno.test("Host: a CPU that spins in an interrupt is not idle, whatever thread it interrupted", () => {
  for (const level of [1, 2, 3]) {
    const m = clocks([false]);
    const host = new Host(m, { hostCores: 1, stolen: 0 }, new Prng("interrupt"));
    assert(host.lets(0, 0, true));
    m.cpu.active[level] = 1;
    assert(host.nextNs(0, Infinity) > 0 && host.lets(0, 0, false));
    m.cpu.active[level] = 0;
    assertEquals(host.nextNs(0, Infinity), 0);
  }
});

Deno.test("Host: a CPU that spins alone keeps its core to the end of its turn, and no longer", () => {
  const m = clocks([true, true]);
  const host = new Host(m, { hostCores: 1, stolen: 0 }, new Prng("spins"));
  assert(host.lets(0, 0, true));
  assert(host.lets(1, 0, true), "woken at the same time: it comes first");
  assert(host.waits(0));
  const endNs = host.nextNs(1, Infinity); // CPU 1 spins for what CPU 0 holds
  assert(endNs > 0 && endNs <= TURN_NS, `its turn ends at ${endNs}`);
  assertEquals(host.nextNs(1, 1), 1, "an interrupt comes before that");
  assert(host.lets(1, 1, false));
  assert(!host.lets(1, endNs, false));
  assertEquals([host.waits(0), host.waits(1), m.cpu.clockNs[0]], [false, true, endNs]);
});

Deno.test("Host: of two CPUs that spin one makes room for one that waits, soon after they have met", () => {
  const m = clocks([true, true, true]);
  const host = new Host(m, { hostCores: 2, stolen: 0 }, new Prng("meet"));
  for (const c of [0, 1, 2]) assert(host.lets(c, 0, true));
  const away = [0, 1, 2].find((c) => host.waits(c))!;
  const [one, other] = [0, 1, 2].filter((c) => c !== away) as [number, number];
  m.cpu.clockNs[one] = 100;
  m.cpu.clockNs[other] = 400;
  m.task.state[one] = TASK.spinning;
  const alone = host.nextNs(one, Infinity);
  assert(alone > 400 + STEP_NS, "alone it goes on");
  m.task.state[other] = TASK.spinning;
  const metNs = host.nextNs(one, Infinity);
  assertEquals([metNs, host.nextNs(other, Infinity)], [400 + 10_000, 400 + 10_000]);
  assert(host.lets(one, metNs - 1, false), "they have not met yet");
  assert(!host.lets(one, metNs, false));
  assertEquals([host.waits(one), host.waits(other), host.waits(away)], [true, false, false]);
  assertEquals(m.cpu.clockNs[away], metNs);
  // the other one is alone now; what is left of the first one's turn is still its own
  assert(host.nextNs(other, Infinity) > metNs);
  m.task.state[away] = TASK.spinning;
  assert(!host.lets(other, metNs + 10_000, false));
  assertEquals(host.nextNs(one, Infinity), Math.min(alone + 10_000, metNs + 20_000));
});

Deno.test("Host: CPUs that spin keep their cores when none waits for one", () => {
  const m = clocks([true, true]);
  const host = new Host(m, { hostCores: 2, stolen: 0.5 }, new Prng("two"));
  for (const c of [0, 1]) {
    assert(host.lets(c, 0, true));
    m.task.state[c] = TASK.spinning;
  }
  for (const c of [0, 1]) assert(host.nextNs(c, Infinity) > STEP_NS && host.lets(c, STEP_NS, false));
});

Deno.test("Host makes a load longer by what it takes, and a seed says when", () => {
  const hosts: Partial<RunOptions>[] = [
    {},
    { stolen: 0.5 },
    { stolen: 0.5 },
    { stolen: 0.5, seed: "2" },
    { hostCores: 1 },
    { hostCores: 2 },
  ];
  const [none, half, again, other, one, two] = hosts.map((changes) => execute(storm(changes)));
  for (const { violation, collector } of [none!, half!, again!, other!, one!, two!]) {
    assertEquals([violation, collector.freed], [null, 160_000]);
  }
  for (const [name, run] of Object.entries({ half, one })) {
    const ratio = loadNs(run!) / loadNs(none!);
    assert(ratio > 1.6 && ratio < 2.4, `${name}: ${ratio} times as long`);
  }
  assertEquals(two!.m.cpu.clockNs, none!.m.cpu.clockNs, "a core each is no host at all");
  assertEquals(again!.m.cpu.clockNs, half!.m.cpu.clockNs);
  assertNotEquals(other!.m.cpu.clockNs, half!.m.cpu.clockNs);
});

Deno.test("Host is virtual time's: the random scheduler has none", () => {
  const random = { scheduler: "random", kfree_loops: 1, kfree_alloc_num: 500 } as const;
  const hosts: HostOptions[] = [{ hostCores: 0, stolen: 0 }, { hostCores: 1, stolen: 0.5 }];
  const [without, shared] = hosts.map((host) => execute(storm({ ...random, ...host })));
  assertEquals(shared!.steps, without!.steps);
  assertEquals(shared!.m.cpu.clockNs, without!.m.cpu.clockNs);
});

Deno.test("Host: who holds a lock when its turn ends keeps it, and others spin through turns of theirs", () => {
  const small = {
    workload: "kfree_storm",
    threads: 4,
    kfree_loops: 4,
    cachedBlocks: 0,
    pcp: { high: 8, batch: 2 },
  };
  const geometry = geometryFromSize({ memoryBytes: 2 ** 27, cpus: 4, nodes: 1 });
  const waitNs = (hostCores: number) =>
    [1, 2, 3].map((run) => {
      const options = {
        ...defaultRunOptions(geometry),
        ...small,
        scheduler: "virtual",
        slowdown: 40,
        hostCores,
        run,
      };
      const { m, violation } = execute(options as RunOptions);
      assertEquals(violation, null);
      return m.lock.waitNs[0]! + m.lock.waitNs[1]!;
    });
  assert(Math.max(...waitNs(0)) < 1e6, "microseconds each on cores of their own");
  assert(Math.max(...waitNs(2)) > 10 * TURN_NS, "turns on two cores");
});
