/**
 * Every interleaving and every choice of a small program, depth first. A state is expanded once. Two reductions leave
 * out interleavings that end where others do: a task whose next section no other can notice goes alone, and sleep sets
 * skip the second order of two sections that commute.
 */
import type { Exploration, ExploreOptions } from "./exploration.ts";
import type { Program } from "./program.ts";
import { Search } from "./search.ts";
import { Visited } from "./visited.ts";

/** Explores all that the program can do from its present state. */
export function explore(program: Program, options: ExploreOptions = {}): Exploration {
  const { cells } = program;
  const start = cells.top;
  const search = new Search(program, options, new Visited(), ({ progress: { states, transitions } }) => {
    options.progress?.(states, transitions);
    return false;
  });
  search.begin();
  search.run();
  const found = search.found();
  cells.rewind(start);
  return found;
}
