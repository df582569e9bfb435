/**
 * Who waits where nobody may: lockdep's rule, and what really happens on PREEMPT_RT. They differ. Lockdep knows the
 * types of locks and no interrupts that are merely off; PREEMPT_RT sleeps in a spinlock_t and in what protects the
 * per-CPU lists, whatever lockdep was told.
 */
import { EVENT } from "../sim/events.ts";
import { LEVEL } from "../sim/task.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";
import { HeldLocks, LOCK_CLASSES } from "./lock_class.ts";

/** Told of a wait in an invalid context. */
export type WaitReport = (rule: "lockdep" | "rt", message: string) => void;

/** Events that say who waits where. */
export const WAIT_EVENTS: readonly number[] = [EVENT.lockTaken, EVENT.lockReleased, EVENT.locklessSpan];

/** What a hard interrupt must not do, by the task it is: handlers of devices can be threads, these cannot. */
function isHard(m: Rcu): Uint8Array {
  const hard = new Uint8Array(m.nrTasks);
  for (const role of ["tick", "ipi", "hrtimer"] as const) {
    for (let c = 0; c < m.nrCpus; c++) hard[m.roles[role][c]!] = 1;
  }
  return hard;
}

/**
 * Watches locks for both rules.
 *
 * @kernel kernel/locking/lockdep.c check_wait_context 5.9, with CONFIG_PROVE_RAW_LOCK_NESTING
 */
export class WaitContexts {
  readonly #m: Rcu;
  readonly #locks: HeldLocks;
  readonly #hard: Uint8Array;
  readonly #report: WaitReport;
  readonly #rt: boolean;
  readonly #listsSleep: boolean;

  /** Watches a machine that has booted. */
  constructor(m: Rcu, report: WaitReport) {
    this.#m = m;
    this.#locks = new HeldLocks(m);
    this.#hard = isHard(m);
    this.#report = report;
    this.#rt = m.profile.preemption === "rt";
    // until 6.1 the lists are protected by interrupts off, for which PREEMPT_RT has a per-CPU lock that sleeps
    this.#listsSleep = this.#rt && m.pcpLock < 0;
  }

  /** Takes an event of {@link WAIT_EVENTS}; `tried` is 1 for a lock that was only tried. */
  onEvent(kind: number, t: number, a: number, tried: number): void {
    if (kind === EVENT.locklessSpan) {
      if (a === 1 && this.#listsSleep) this.#sleeps(t, "the lock of the per-CPU lists");
      return;
    }
    if (kind === EVENT.lockTaken && tried === 0 && !this.#locks.isRaw(a)) this.#waits(t, a);
    this.#locks.note(kind, t, a);
  }

  #waits(t: number, lock: number): void {
    const raw = this.#locks.rawOf(t);
    if (raw === null && this.#hard[t] === 0 && !this.#rt) return;
    const { name } = LOCK_CLASSES[this.#locks.classOf[lock]!]!;
    if (raw !== null) {
      this.#report("lockdep", `task ${t} takes ${name}, a spinlock_t, under ${raw}, which is raw`);
    } else if (this.#hard[t] === 1) {
      this.#report("lockdep", `task ${t} takes ${name}, a spinlock_t, in a hard interrupt`);
    }
    if (this.#rt) this.#sleeps(t, name);
  }

  #sleeps(t: number, name: string): void {
    const raw = this.#locks.rawOf(t);
    if (raw !== null) this.#report("rt", `task ${t} may sleep in ${name} under ${raw}`);
    else if (this.#m.task.level[t] === LEVEL.hardirq && this.#hard[t] === 1) {
      this.#report("rt", `task ${t} may sleep in ${name} in a hard interrupt`);
    }
  }
}

function checkerOf(rule: "lockdep" | "rt", name: string, claim: string): Checker {
  return {
    name,
    claim,
    attach(m, report) {
      const contexts = new WaitContexts(m, (broken, message) => {
        if (broken === rule) report(message);
      });
      const onEvent = (kind: number, t: number, a: number, _b: number, c: number) =>
        contexts.onEvent(kind, t, a, c);
      return { listener: { kinds: WAIT_EVENTS, onEvent } };
    },
  };
}

/** Lockdep's rule (I15). */
export const waitType = checkerOf(
  "lockdep",
  "wait_type",
  "no spinlock_t is waited for under a raw lock or in a hard interrupt",
);

/** What PREEMPT_RT does. */
export const rtSleep = checkerOf(
  "rt",
  "rt_sleep",
  "on PREEMPT_RT nothing that may sleep is waited for under a raw lock or in a hard interrupt",
);
