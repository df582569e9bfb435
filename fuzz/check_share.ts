/** How much of a session's time goes into checking. */
import { CHECKERS, execute, type RunOptions } from "../mod.ts";
import type { Checker } from "../src/checker/checker.ts";

/** Times that a run is made in each way: the fastest counts, since everything else only adds to it. */
const ROUNDS = 3;

/**
 * Share of the time of a run that its checkers take, from 0 to 1, measured by making it with and without them in turn.
 */
export function checkShare(options: RunOptions, checkers: readonly Checker[] = CHECKERS): number {
  const fastest = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    [checkers, []].forEach((attached, way) => {
      const startedMs = performance.now();
      execute(options, { checkers: attached });
      fastest[way] = Math.min(fastest[way]!, performance.now() - startedMs);
    });
  }
  return Math.max(0, 1 - fastest[1]! / fastest[0]!);
}
