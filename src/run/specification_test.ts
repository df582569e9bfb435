/**
 * Executable specification: two operations written again as generators that read from top to bottom, pausing where a
 * section ends. Under the same schedule they must leave the same world, byte for byte, as the tables of sections.
 */
import { assert, assertEquals } from "@std/assert";
import { cpuOf, local_irq_restore, local_irq_save, nowNs, spend } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { queue_delayed_work } from "../cpu/workqueue.ts";
import { MIGRATE_PCPTYPES, ZONE } from "../mm/gfp.ts";
import { list_del } from "../mm/list.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { NO_PAGE, PAGE, pcpListHead, pcpOf, setPageState } from "../mm/mm.ts";
import { newBlock } from "../rcu/bnode.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import type { Rcu } from "../rcu/rcu.ts";
import { synchronize_rcu } from "../rcu/sync.ts";
import { runSteps } from "../scheduler/engine.ts";
import { RandomScheduler } from "../scheduler/random.ts";
import { BLOCK, type Operation } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { Recorder } from "../sim/schedule.ts";
import { call, frame, ret } from "../sim/task.ts";
import { kfree } from "../slab/kfree.ts";
import { vfree } from "../slab/vmalloc.ts";
import { zone_statistics } from "../mm/vmstat.ts";
import { get_pageblock_migratetype } from "../mm/mm.ts";
import { followerOf } from "./follow.ts";
import { geometryFromSize } from "./geometry.ts";
import type { Machine } from "./machine.ts";
import { defaultRunOptions } from "./options.ts";
import { taskNames } from "./names.ts";
import { planMachine } from "./plan.ts";

/** Pauses with the program counter at which the operation goes on, or BLOCK; ends with the result. */
type Specification = Generator<number, number, void>;

/** kvfree_call_rcu of 5.9, for the strategy that the machine has. */
function* specifiedKvfree(m: Rcu, t: number, object: number, oneArgument: boolean): Specification {
  const { gotPage, synchronized, freed } = kvfree_call_rcu.at;
  const { krc, bnode } = m;
  const isArea = object >= m.firstVmalloc;
  const channel = isArea ? 1 : 0;
  const cpu = cpuOf(m, t);
  while (!spin_lock(m, t, m.krcLock + cpu)) yield BLOCK;
  spend(m, t, m.cost.irqSaveRestore + m.cost.kvfreeStore);
  const head = () => krc.bkvhead[cpu * 2 + channel]! - 1;
  let isStored = true;
  let hasPaused = false;
  if (head() < 0 || bnode.nr_records[head()] === m.blockEntries) {
    let block = -1;
    if (krc.nr_bkv_objs[cpu]! > 0) {
      block = krc.bkvcache[cpu]! - 1;
      krc.bkvcache[cpu] = bnode.next[block]!;
      krc.nr_bkv_objs[cpu]!--;
    } else {
      local_irq_save(m, t);
      hasPaused = true;
      m.task.ret[t] = NO_PAGE;
      yield m.blockSource < 0 ? gotPage : call(m, t, m.blockSource, gotPage);
      if (m.task.ret[t] !== NO_PAGE) block = newBlock(m, m.task.ret[t]!);
    }
    isStored = block >= 0;
    if (isStored) {
      bnode.nr_records[block] = 0;
      bnode.records[block] = 0;
      bnode.next[block] = krc.bkvhead[cpu * 2 + channel]!;
      krc.bkvhead[cpu * 2 + channel] = block + 1;
    }
  }
  if (isStored) {
    m.object.next[object] = bnode.records[head()]!;
    bnode.records[head()] = object + 1;
    bnode.nr_records[head()]!++;
  } else if (!oneArgument) {
    m.object.next[object] = krc.head[cpu]!;
    krc.head[cpu] = object + 1;
    spend(m, t, m.cost.cacheMiss);
  }
  if (isStored || !oneArgument) {
    krc.count[cpu]!++;
    m.object.queuedNs[object] = nowNs(m, t);
    if (krc.monitor_todo[cpu] === 0) {
      krc.monitor_todo[cpu] = 1;
      queue_delayed_work(m, t, m.monitorWork + cpu, m.monitorTimer + cpu, m.profile.kfreeDrainJiffies);
    }
  }
  spin_unlock(m, t, m.krcLock + cpu);
  if (hasPaused) local_irq_restore(m, t);
  if (isStored || !oneArgument) return 1;
  m.object.queuedNs[object] = nowNs(m, t);
  yield call(m, t, synchronize_rcu.start, synchronized);
  yield call(m, t, isArea ? vfree.start : kfree.start, freed, object);
  return 0;
}

/** The RFC's function. */
function* specifiedLockless(m: Rcu, t: number): Specification {
  const { walk, prepare } = __rcu_alloc_page_lockless.at;
  const zonelist = m.zonelists[m.cpuNodes[cpuOf(m, t)]!]!.filter((zone) =>
    m.zone.index[zone]! <= ZONE.NORMAL
  );
  yield walk;
  for (const zone of zonelist) {
    spend(m, t, m.cost.irqSaveRestore + MIGRATE_PCPTYPES * m.cost.listHead);
    const pcp = pcpOf(m, zone, cpuOf(m, t));
    const heads = [0, 1, 2].map((type) => pcpListHead(m, pcp, type));
    const head = heads.find((node) => m.link.next[node] !== node);
    if (head === undefined) {
      yield walk;
      continue;
    }
    const pfn = m.link.next[head]!;
    list_del(m, pfn);
    m.pcp.count[pcp]!--;
    setPageState(m, pfn, PAGE.allocated);
    if (get_pageblock_migratetype(m, pfn) !== 0) m.vm.pollution[get_pageblock_migratetype(m, pfn)]!++;
    spend(m, t, m.cost.listTake);
    m.zone.pgalloc[zone]!++;
    zone_statistics(m, cpuOf(m, t), zonelist[0]!, zone);
    yield prepare;
    m.page.flags[pfn] = PAGE.allocated;
    m.page.order[pfn] = 0;
    spend(m, t, m.cost.prepPage);
    return pfn;
  }
  return NO_PAGE;
}

interface Running {
  readonly generator: Specification;
  isBlocked: boolean;
}

/** Puts a specification in the place of an operation's sections; returns how often it was entered. */
function specify(
  { m, table }: Machine,
  operation: Operation,
  make: (t: number, a: number, b: number) => Specification,
): { entered: number } {
  const stacks: Running[][] = Array.from({ length: m.nrTasks }, () => []);
  const count = { entered: 0 };
  const goOn = (t: number): number => {
    const running = stacks[t]!.at(-1)!;
    const { value, done } = running.generator.next();
    running.isBlocked = value === BLOCK && !done;
    if (!done) return value;
    stacks[t]!.pop();
    return ret(m, t, value);
  };
  for (const pc of Object.values(operation.at)) table[pc] = (_m, t) => goOn(t);
  table[operation.start] = (_m, t) => {
    const { reg } = m.task;
    const r = frame(m, t);
    if (stacks[t]!.at(-1)?.isBlocked !== true) {
      count.entered++;
      stacks[t]!.push({ generator: make(t, reg[r]!, reg[r + 1]!), isBlocked: false });
    }
    return goOn(t);
  };
  return count;
}

/** The world without registers and start times, which a generator keeps in its locals. */
function comparable({ bytes, places }: Machine): Uint8Array {
  const copy = bytes.slice();
  for (const { struct, field, offset, byteLength } of places) {
    if (struct === "task" && (field === "reg" || field === "timeNs")) {
      copy.fill(0, offset, offset + byteLength);
    }
  }
  return copy;
}

/** Name of the first field in which two worlds differ, null when they do not. */
function firstDifference(a: Machine, b: Machine): string | null {
  const [left, right] = [comparable(a), comparable(b)];
  const at = left.findIndex((byte, i) => byte !== right[i]);
  const place = a.places.find(({ offset, byteLength }) => at >= offset && at < offset + byteLength);
  return place === undefined ? null : `${place.struct}.${place.field}`;
}

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 });
const ZONES = GEOMETRY.zones.map((z) => ({ ...z, pcp: { high: 20, batch: 4 } }));
const STEPS = 60_000;

for (const strategy of ["lockless", "none", "nowait"]) {
  Deno.test(`kvfree_call_rcu and __rcu_alloc_page_lockless do what their specifications say (${strategy})`, () => {
    const options = {
      ...defaultRunOptions({ ...GEOMETRY, zones: ZONES }),
      strategy,
      calls: 500,
      blockEntries: 3,
      cachedBlocks: 1,
    };
    const recorder = new Recorder(STEPS);
    const [tables, specified] = [planMachine(options), planMachine(options)];
    runSteps(
      tables.m,
      tables.table,
      new RandomScheduler(new Prng(`specification/${strategy}`), recorder),
      STEPS,
    );
    const { m } = specified;
    const kvfrees = specify(
      specified,
      kvfree_call_rcu,
      (t, object, one) => specifiedKvfree(m, t, object, one !== 0),
    );
    const locklesses = specify(specified, __rcu_alloc_page_lockless, (t) => specifiedLockless(m, t));
    runSteps(m, specified.table, followerOf(m, recorder.labelled((t) => taskNames(m)[t]!)!), STEPS);
    assertEquals(m.clock.steps[0], STEPS);
    assertEquals(firstDifference(specified, tables), null);
    assert(kvfrees.entered > 200, `only ${kvfrees.entered} calls`);
    assert(strategy === "lockless" ? locklesses.entered > 50 : locklesses.entered === 0);
  });
}
