/**
 * The seed's central claim, checked: in no order and no context does the lockless function wait for zone->lock or any
 * lock that is not raw, while GFP_NOWAIT under krcp->lock does; and the exceptions. Lock order beside it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { smallMachine, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import type { Cpus } from "../cpu/cpu.ts";
import { spin_lock, spin_trylock, spin_unlock } from "../cpu/lock.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { lockNames } from "../run/names.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import type { SchedulerName } from "../scheduler/registry.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { frame, ret, TASK } from "../sim/task.ts";
import type { Checker } from "./checker.ts";
import { LOCK_CLASSES, lockClasses } from "./lock_class.ts";
import { lockOrder } from "./lock_order.ts";
import { CONTEXT_CHECKERS } from "./registry.ts";
import { rtSleep, waitType } from "./wait_context.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 });

/** A run with many blocks and short lists; random programs call from tasks, interrupts, readers, irqs off. */
function run(changes: Partial<RunOptions>, checkers: readonly Checker[] = CONTEXT_CHECKERS) {
  const options = {
    ...defaultRunOptions(GEOMETRY),
    calls: 1500,
    blockEntries: 4,
    cachedBlocks: 1,
    pcp: { high: 8, batch: 2 },
    ...changes,
  };
  return execute(options, { checkers });
}

const ORDERS: readonly SchedulerName[] = ["random", "pct", "virtual"];

Deno.test("the lockless function waits for no lock that is not raw, in any order and context tried", () => {
  for (const scheduler of ORDERS) {
    for (const profile of ["v5_9", "v5_12", "v6_1"]) {
      for (const strategy of ["lockless", "lockless+worker"]) {
        for (const seed of ["a", "b"]) {
          const { violation, waits, collector } = run({ scheduler, profile, strategy, seed });
          assertEquals(
            [violation, waits],
            [null, { lockdep: 0, rt: 0 }],
            `${scheduler}, ${profile}, ${strategy}`,
          );
          assert(collector.attempts > 100);
        }
      }
    }
  }
});

Deno.test("GFP_NOWAIT under krcp->lock waits for zone->lock, now and then: whenever the lists are empty", () => {
  for (const scheduler of ORDERS) {
    const { violation } = run({ scheduler, strategy: "nowait" });
    assertEquals(violation?.checker, "wait_type", scheduler);
    assertMatch(violation!.message, /takes zone->lock, a spinlock_t, under krcp->lock, which is raw/);
  }
  const { waits, collector } = run({ strategy: "nowait" }, []);
  assert(
    waits.lockdep > 0 && waits.lockdep < collector.attempts / 10,
    `${waits.lockdep} of ${collector.attempts}`,
  );
});

Deno.test("on PREEMPT_RT 5.9 does not ask the allocator there, and later ways wait for nothing", () => {
  for (const [strategy, profile] of [["nowait", "v5_9"], ["page_cache_work", "v5_12"], ["nolock", "v6_18"]]) {
    const { violation, waits } = run({ strategy: strategy!, profile: profile!, preemption: "rt" });
    assertEquals([violation, waits], [null, { lockdep: 0, rt: 0 }], strategy);
  }
});

Deno.test("H17: on PREEMPT_RT the lock of the lists sleeps, under krcp->lock too, and lockdep says nothing", () => {
  const { violation } = run({ preemption: "rt" });
  assertEquals(violation?.checker, "rt_sleep");
  assertMatch(violation!.message, /may sleep in the lock of the per-CPU lists under krcp->lock/);
  assertEquals(run({ preemption: "rt" }, [waitType]).violation, null);
});

Deno.test("H16, M34: with page_owner the lockless function allocates, and waits for a spinlock_t", () => {
  const { violation } = run({ pageOwner: true });
  assertEquals(violation?.checker, "wait_type");
  assertMatch(violation!.message, /(zone->lock|depot_lock), a spinlock_t, under krcp->lock/);
});

/** Takes the lock of register 0, then that of register 1; register 2 is 1 to only try the second. */
const nested = operation<Cpus, "both">("testNested", { both: TOUCHES.lock }, () => ({
  both(m, t) {
    const { reg } = m.task;
    const r = frame(m, t);
    spin_lock(m, t, reg[r]!);
    if (reg[r + 2] === 1 ? spin_trylock(m, t, reg[r + 1]!) : spin_lock(m, t, reg[r + 1]!)) {
      spin_unlock(m, t, reg[r + 1]!);
    }
    spin_unlock(m, t, reg[r]!);
    return ret(m, t, 0);
  },
}));

/** What a checker says of pairs of locks that are taken one after the other, [outer, inner, tried]. */
function said(checker: Checker, pairs: (m: ReturnType<typeof smallMachine>["m"]) => number[][]): string[] {
  const machine = smallMachine({ cpus: 2 });
  const { m } = machine;
  const messages: string[] = [];
  m.events.subscribe(checker.attach(m, (message) => void messages.push(message)).listener!);
  const t = threadOf(machine, 0);
  for (const [outer, inner, tried = 0] of pairs(m)) {
    m.task.state[t] = TASK.idle;
    start(machine, t, nested.start, outer!, inner!, tried);
    stepTask(machine, t);
  }
  return messages;
}

Deno.test("wait_type: raw in spin is fine, spin in raw is not, and a lock that is only tried never waits", () => {
  const counts = ["spin in spin", "raw in spin", "spin in raw", "tried in raw"].map((what) =>
    said(waitType, (m) => [
      {
        "spin in spin": [0, m.listLock],
        "raw in spin": [0, m.krcLock],
        "spin in raw": [m.krcLock, 0],
        "tried in raw": [m.krcLock, 0, 1],
      }[what]!,
    ]).length
  );
  assertEquals(counts, [0, 0, 1, 0]);
  assertEquals(said(rtSleep, (m) => [[m.krcLock, 0]]).length, 0, "nothing sleeps without PREEMPT_RT");
});

Deno.test("lock_order finds a cycle of two and of three classes, whoever closes it, and nothing in one order", () => {
  assertEquals(said(lockOrder, (m) => [[m.krcLock, 0], [m.krcLock + 1, 0]]), []);
  assertEquals(said(lockOrder, (m) => [[m.krcLock, 0], [0, m.krcLock]]).length, 1);
  assertEquals(said(lockOrder, (m) => [[m.krcLock, 0], [0, m.krcLock, 1]]), [], "only tried");
  const [three] = said(lockOrder, (m) => [[m.krcLock, 0], [0, m.listLock], [m.listLock, m.krcLock]]);
  assertMatch(three!, /takes krcp->lock under n->list_lock/);
});

Deno.test("lockClasses() has every lock of every version in its class, as its name says", () => {
  for (
    const [profile, strategy] of [["v5_9", "lockless"], ["v6_1", "lockless"], ["v6_18", "sheaf"]] as const
  ) {
    const { m } = planMachine({ ...defaultRunOptions(GEOMETRY), calls: 1, profile, strategy });
    const classes = [...lockClasses(m)].map((i) => LOCK_CLASSES[i]!.name);
    lockNames(m).forEach((name, lock) => assert(name.startsWith(classes[lock]!.replace(/^n->/, "")), name));
    const locks = Map.groupBy(classes, (name) => name);
    const counts = LOCK_CLASSES.map(({ name }) => locks.get(name)?.length ?? 0);
    const pcps = profile === "v5_9" ? 0 : m.nrZones * 2;
    const barns = strategy === "sheaf" ? m.caches.length - 1 : 0; // sheaves themselves come without
    assertEquals(counts, [m.nrZones, 2, m.caches.length, 1, pcps, 2, barns], profile);
  }
});
