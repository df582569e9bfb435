/** M15: a block goes into the cache before kfree_bulk has read it. */
import { cpuOf } from "../cpu/cpu.ts";
import { put_cached_bnode } from "../rcu/bnode.ts";
import { kfree_rcu_work, KFREE_WORK } from "../rcu/kfree_work.ts";
import { CHANNELS } from "../rcu/rcu.ts";
import { EVENT } from "../sim/events.ts";
import { call, frame } from "../sim/task.ts";
import { kfree_bulk } from "../slab/kfree.ts";
import { type Mutation, wrap } from "./mutation.ts";

const { SLAB_BLOCKS, CHANNEL, BNODE } = KFREE_WORK;

/** Recycles each slab block first and frees what it then holds. */
export const blockCachedEarly: Mutation = {
  id: "M15",
  summary: "a block is put into the cache before its records are read",
  caughtBy: ["all_freed", "grace_period", "block_places", "page_places", "kernel_bug", "progress"],
  conditions: { blockEntries: 4 },
  apply(machine) {
    const early = new Int32Array(machine.m.nrTasks);
    const { block, bulkFreed, recycle, resched } = kfree_rcu_work.at;
    wrap(machine, block, (original, m, t) => {
      const { reg } = m.task;
      const r = frame(m, t);
      const b = reg[r + SLAB_BLOCKS]! - 1;
      if (early[t] !== 0) {
        reg[r + BNODE] = early[t]! - 1;
        return call(m, t, kfree_bulk.start, bulkFreed, m.bnode.records[early[t]! - 1]!);
      }
      const next = b < 0 ? 0 : m.bnode.next[b]!;
      if (reg[r + CHANNEL] !== CHANNELS.slab || b < 0 || !put_cached_bnode(m, cpuOf(m, t), b)) {
        return original(m, t);
      }
      m.events.emit(EVENT.blockFreed, t, m.bnode.pfn[b]!, 1);
      reg[r + SLAB_BLOCKS] = next;
      early[t] = b + 1;
      return block;
    });
    wrap(machine, recycle, (original, m, t) => {
      if (early[t] === 0) return original(m, t);
      early[t] = 0;
      return resched;
    });
  },
};
