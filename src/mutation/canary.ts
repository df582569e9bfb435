/**
 * The canary: a seeded bug that is there in about one run of a hundred, drawn from the run's seed. Who fuzzes with it
 * and never sees it fail has broken machinery, and so has who always sees it fail. It is no mutation of the catalogue.
 */
import { pcpCountKept } from "./pcp_count_kept.ts";
import type { Mutable } from "./mutation.ts";

/** One run of how many has the bug. */
export const CANARY_ONE_IN = 100;

/** Puts the bug into a machine if its run is one of those. */
export function releaseCanary(machine: Mutable, drawn: number): void {
  if (drawn === 0) pcpCountKept.apply(machine);
}
