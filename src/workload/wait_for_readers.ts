/**
 * A caller that waits for readers, in each of the ways that RCU offers. It tells when it starts and ends, so that a
 * checker can hold the wait against the readers of its time.
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { CHANNEL, sleepJiffies } from "../cpu/sched.ts";
import { rcu_barrier } from "../rcu/barrier.ts";
import { synchronize_rcu_expedited } from "../rcu/exp.ts";
import {
  get_state_synchronize_rcu_full,
  poll_state_synchronize_rcu,
  poll_state_synchronize_rcu_full,
  start_poll_synchronize_rcu,
} from "../rcu/poll.ts";
import { synchronize_rcu } from "../rcu/sync.ts";
import type { Rcu } from "../rcu/rcu.ts";

/** Ways to wait: for a normal or expedited grace period, by polling a cookie or a full one, for all callbacks. */
export const WAIT = { normal: 0, expedited: 1, cookie: 2, fullCookie: 3, barrier: 4 } as const;

/** Registers: way, cookie, second number of a full cookie. */
const WAY = 0, COOKIE = 1, COOKIE_EXP = 2;

/** Waits in the way of register 0. rcu_barrier() is no wait for readers and says nothing of itself. */
export const waitForReaders = operation<Rcu, "start" | "poll" | "end" | "barred">(
  "waitForReaders",
  {
    start: TOUCHES.rcu | TOUCHES.task,
    poll: TOUCHES.rcu | TOUCHES.timer,
    end: TOUCHES.own,
    barred: TOUCHES.own,
  },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const way = reg[r + WAY]!;
      if (way === WAIT.barrier) return call(m, t, rcu_barrier.start, at.barred);
      m.events.emit(EVENT.gracePeriodWait, t, 1, way);
      if (way === WAIT.normal) return call(m, t, synchronize_rcu.start, at.end);
      if (way === WAIT.expedited) return call(m, t, synchronize_rcu_expedited.start, at.end);
      const full = get_state_synchronize_rcu_full(m);
      const cookie = start_poll_synchronize_rcu(m, t);
      reg[r + COOKIE] = way === WAIT.cookie ? cookie : full.rgos_norm;
      reg[r + COOKIE_EXP] = full.rgos_exp;
      return at.poll;
    },
    poll(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const done = reg[r + WAY] === WAIT.cookie
        ? poll_state_synchronize_rcu(m, reg[r + COOKIE]!)
        : poll_state_synchronize_rcu_full(m, reg[r + COOKIE]!, reg[r + COOKIE_EXP]!);
      if (done) return at.end;
      start_poll_synchronize_rcu(m, t); // a cookie may have missed its grace period: then another one has to come
      sleepJiffies(m, t, CHANNEL.timer, 1);
      return at.poll;
    },
    end(m, t) {
      m.events.emit(EVENT.gracePeriodWait, t, 0, m.task.reg[frame(m, t) + WAY]!);
      return ret(m, t, 0);
    },
    barred: (m, t) => ret(m, t, 0),
  }),
);
