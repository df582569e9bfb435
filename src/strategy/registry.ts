/** All strategies. A new one is a file and a line here. */
import { lockless, locklessWorker } from "./lockless.ts";
import { nolock } from "./nolock.ts";
import { none } from "./none.ts";
import { nowait } from "./nowait.ts";
import { page_cache_work } from "./page_cache_work.ts";
import { sheaf } from "./sheaf.ts";
import { sync } from "./sync.ts";
import type { Strategy } from "./strategy.ts";

/** Strategies in the order in which tables list them. */
export const STRATEGIES: readonly Strategy[] = [
  lockless,
  locklessWorker,
  nowait,
  page_cache_work,
  nolock,
  sheaf,
  none,
  sync,
];

/**
 * The strategy of that name.
 *
 * @throws RangeError when there is none; the message lists the known ones.
 */
export function strategyNamed(name: string): Strategy {
  const found = STRATEGIES.find((s) => s.name === name);
  if (found !== undefined) return found;
  const names = STRATEGIES.map((s) => s.name).join(", ");
  throw new RangeError(`Cannot choose a strategy: expected one of ${names}, got "${name}"`);
}
