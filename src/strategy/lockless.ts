/** The RFC of 2020: a page from this CPU's lists or nothing. */
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { type Strategy, WORKER_CHANGES } from "./strategy.ts";

/** `__rcu_alloc_page_lockless()` alone. */
export const lockless: Strategy = {
  name: "lockless",
  summary: "the RFC's patch 2: a page from this CPU's lists, no lock, no refill",
  keeps: "blocks",
  blockSource: __rcu_alloc_page_lockless.start,
  refill: "none",
  changes: {},
};

/** The whole series: patches 1, 3 and 4 add five cached blocks and a worker that starts a jiffy after a miss. */
export const locklessWorker: Strategy = {
  ...lockless,
  name: "lockless+worker",
  summary: "the RFC's series: cached block, else lockless page, else a worker asks for 5 pages a jiffy later",
  refill: "rfc",
  changes: WORKER_CHANGES,
};
