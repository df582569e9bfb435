/**
 * Numbers of the reference scenario: its sections and its operations.
 */

/** What a CPU may choose as its next operation, by choice. */
export const OPERATIONS = ["take", "alloc", "free"] as const;

/** Sections by number. */
export const SECTION = {
  choose: 0,
  take: 1,
  pop: 2,
  alloc: 3,
  refillLock: 4,
  refill: 5,
  refillUnlock: 6,
  look: 7,
  push: 8,
  full: 9,
  drainLock: 10,
  drain: 11,
  drainUnlock: 12,
  drainStore: 13,
  end: 14,
} as const;
