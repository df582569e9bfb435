/** The RFC of 2020: a page from this CPU's lists or nothing. */
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import type { Strategy } from "./strategy.ts";

/** `__rcu_alloc_page_lockless()`. */
export const lockless: Strategy = {
  name: "lockless",
  summary: "the RFC: a page from this CPU's lists, no lock, no refill",
  blockSource: __rcu_alloc_page_lockless.start,
};
