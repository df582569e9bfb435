/**
 * page_owner: each allocation notes its call stack in a depot. A stack that is new there takes depot_lock, a
 * spinlock_t, and may need pages itself. Modelled for the lockless function only: elsewhere a spinlock is nothing
 * special, here it is what the function promises not to take.
 *
 * @kernel mm/page_owner.c __set_page_owner, lib/stackdepot.c stack_depot_save 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, ret } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { GFP } from "./gfp.ts";
import { get_page_from_freelist } from "./freelist.ts";
import { type Mm, NO_PAGE } from "./mm.ts";

/** Order of the depot's own blocks. */
const STACK_ALLOC_ORDER = 2;
/** Stacks that such a block holds: 16 KiB at about 100 bytes each. */
const STACKS_PER_BLOCK = 160;

/** Notes the owner of a page that is being handed out; a task's call stack is new to the depot once. */
export const set_page_owner = operation<Mm, "lookup" | "gotPages" | "save">(
  "set_page_owner",
  {
    lookup: TOUCHES.depot,
    gotPages: TOUCHES.depot,
    save: TOUCHES.depot | TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    lookup(m, t) {
      if (m.depotTask.known[t] !== 0) return ret(m, t, 0);
      m.depotTask.known[t] = 1;
      if (m.depot.room[0]! > 0) return at.save;
      return call(m, t, get_page_from_freelist.start, at.gotPages, GFP.NOWARN, STACK_ALLOC_ORDER, 0);
    },
    gotPages(m, t) {
      if (m.task.ret[t] === NO_PAGE) return ret(m, t, 0);
      m.depot.room[0]! += STACKS_PER_BLOCK;
      return at.save;
    },
    save(m, t) {
      if (!spin_lock_irqsave(m, t, m.depotLock)) return BLOCK;
      m.depot.room[0]!--;
      spend(m, t, m.cost.kmallocSlow);
      spin_unlock(m, t, m.depotLock);
      return ret(m, t, 0);
    },
  }),
);
