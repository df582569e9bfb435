/**
 * Entries of the catalogue of mutations that no checker of a run can tell from the right thing: the code is right by a
 * rule of order, place or number, which a test states directly and which fails with the mutation.
 */

/** An entry, and where it is shown. */
export interface ShownElsewhere {
  /** Number in the catalogue. */
  readonly id: string;
  /** What would be wrong. */
  readonly summary: string;
  /** File of the test. */
  readonly file: string;
  /** Beginning of the test's name. */
  readonly test: string;
}

const shown = (id: string, summary: string, file: string, test: string): ShownElsewhere => ({
  id,
  summary,
  file: `src/${file}`,
  test,
});

/** All of them, by number. */
export const SHOWN_ELSEWHERE: readonly ShownElsewhere[] = [
  shown("M5", "another CPU drains lists that only interrupts off protect", "run/hazards_test.ts", "H18"),
  shown(
    "M7",
    "free_pcppages_bulk() takes all from one list, or begins anew each round",
    "mm/pcp_test.ts",
    "free_pcppages_bulk() visits MOVABLE, RECLAIMABLE, UNMOVABLE round robin",
  ),
  shown("M9", "a split puts the lower half back", "mm/buddy_test.ts", "expand() keeps the lower half"),
  shown(
    "M12",
    "a watermark ignores lowmem_reserve",
    "mm/slowpath_test.ts",
    "lowmem_reserve keeps a lower zone",
  ),
  shown(
    "M21",
    "queue_work() under krcp->lock while the caller holds rq->lock",
    "workload/locked_caller_test.ts",
    "the RFC's patch 1 takes rq->lock under krcp->lock",
  ),
  shown(
    "M23",
    "the shrinker looks at online CPUs only",
    "rcu/kvfree_versions_test.ts",
    "the shrinker of 5.9 does not see what a CPU queued that is offline now",
  ),
  shown("M24", "a CPU goes down with pages on its lists", "run/hazards_test.ts", "cpu_down() hands over"),
  shown(
    "M27",
    "a cookie of an expedited grace period ignores normal ones",
    "rcu/exp_test.ts",
    "a full cookie is done after an expedited grace period",
  ),
  shown(
    "M28",
    "the count is set to 0 though a channel stayed busy, as 5.9 does",
    "rcu/kvfree_test.ts",
    "queue_kfree_rcu_work() zeroes the count",
  ),
  shown(
    "M29",
    "prep_new_page() before the page is off its list",
    "mm/lockless_test.ts",
    "prep_new_page() runs after the irq-off part",
  ),
  shown(
    "M30",
    "a page of an isolated pageblock goes on a pcp list",
    "mm/pcp_test.ts",
    "free_unref_page() gives a page of an isolated pageblock straight to the buddy lists",
  ),
  shown(
    "M33",
    "a HIGHATOMIC page is given to an order-0 request",
    "mm/slowpath_test.ts",
    "an atomic high-order request below MIN reserves its pageblock",
  ),
  shown("M34", "page_owner allocates in the lockless function", "checker/wait_context_test.ts", "H16, M34"),
];

/** Entries that are not shown at all, and why. */
export const NOT_SHOWN: Readonly<Record<string, string>> = {
  M20:
    "the RFC's patch 1 as posted refuses to start its worker with interrupts off; that version of it is not modelled",
};
