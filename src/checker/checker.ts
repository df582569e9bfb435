/**
 * Checkers state what must hold. They listen to events and look at the world; the model does not know them.
 */
import type { Listener } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";

/** What a checker found. */
export interface Violation {
  /** Name of the checker. */
  readonly checker: string;
  /** What is wrong, with the numbers. */
  readonly message: string;
}

/** A checker attached to one run. */
export interface Attached {
  /** Listens to events, if it needs them; it reports through the callback it was attached with. */
  readonly listener?: Listener;
  /** Looks at the whole world between two sections; the message of what is wrong, or null. Costly. */
  readonly examine?: () => string | null;
  /** Like examine, but only when the run is over and quiet. */
  readonly examineEnd?: () => string | null;
}

/** A property of every run. */
export interface Checker {
  /** Name. */
  readonly name: string;
  /** What it claims, in one line. */
  readonly claim: string;
  /** Attaches to a machine that has booted; `report` is called at most once per event with what is wrong. */
  attach(m: Rcu, report: (message: string) => void): Attached;
}
