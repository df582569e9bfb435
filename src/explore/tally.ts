/**
 * What a search has found so far.
 */
import type { Exploration } from "./exploration.ts";
import type { ExploredSection } from "./program.ts";

/** Counts, ends and the first failure. */
export class Tally {
  states = 0;
  transitions = 0;
  endings = 0;
  violations = 0;
  depth = 0;
  failure: Exploration["failure"] = null;
  readonly ends = new Set<string>();
  /** By section: 1 when it ran. */
  readonly ran: Uint8Array;

  /** For a program of so many sections. */
  constructor(sections: number) {
    this.ran = new Uint8Array(sections);
  }

  /** All of it. */
  found(sections: readonly ExploredSection[], bytes: number, complete: boolean): Exploration {
    const { states, transitions, ends, endings, violations, failure, depth } = this;
    const unreached = sections.filter((_, i) => this.ran[i] === 0).map(({ name }) => name);
    return { states, transitions, ends, endings, violations, failure, depth, bytes, complete, unreached };
  }

  /** Adds what another search of the program found. */
  add(other: Exploration, sections: readonly ExploredSection[]): void {
    this.states += other.states;
    this.transitions += other.transitions;
    this.endings += other.endings;
    this.violations += other.violations;
    this.depth = Math.max(this.depth, other.depth);
    this.failure ??= other.failure;
    for (const end of other.ends) this.ends.add(end);
    sections.forEach(({ name }, i) => {
      if (!other.unreached.includes(name)) this.ran[i] = 1;
    });
  }
}
