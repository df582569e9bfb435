/**
 * Which cache lines the two ways of keeping objects touch, and which of them miss: a set-associative cache with LRU
 * replacement, and the addresses that kvfree_rcu() and kfree() read and write. It answers what the pointer chasing of
 * the rcu_head list costs, by the age and the spread of the objects; the engine charges COSTS.cacheMiss for it.
 */
import { PAGE_SIZE } from "../profile/page_size.ts";
import type { Prng } from "../sim/prng.ts";

/** Size of a line in bytes. */
const LINE = 64;
/** A second-level cache of a server of 2018: 1 MiB, 16 ways. */
const SETS = 1024, WAYS = 16;
/** Where things lie that are no objects: blocks, the memory map, what others touch meanwhile. */
const BLOCKS = 2 ** 40, MEM_MAP = 2 ** 41, OTHERS = 2 ** 42;
/** Header of a block, and one record. */
const BLOCK_HEADER = 16, RECORD = 8;

/** Set-associative, least recently used goes. */
class Cache {
  readonly #lines = new Float64Array(SETS * WAYS).fill(-1);

  /** Touches an address; tells whether it missed. */
  touch(address: number): boolean {
    const line = Math.floor(address / LINE);
    const first = (line % SETS) * WAYS;
    const found = this.#lines.subarray(first, first + WAYS).indexOf(line);
    const place = found < 0 ? WAYS - 1 : found;
    this.#lines.copyWithin(first + 1, first, first + place);
    this.#lines[first] = line;
    return found < 0;
  }
}

/** What objects are laid out as, and what happens until they are freed. */
export interface LineCase {
  /** Objects that wait. */
  readonly objects: number;
  /** Size of one in bytes. */
  readonly size: number;
  /** Whether they lie far apart, each on a page of its own drawn from all; else one behind the other. */
  readonly spread: boolean;
  /** Lines that others touch between an object's queueing and its freeing. */
  readonly ageLines: number;
}

/** Misses per object. */
export interface LineMisses {
  /** While queueing: the rcu_head written, or the record. */
  readonly queue: number;
  /** While freeing, to find the next object: each read of the list waits for the one before. */
  readonly pointer: number;
  /** While freeing, in kfree() or kfree_bulk() itself: struct page and the free pointer in the object. */
  readonly kfree: number;
}

/** Misses per object of one way. Whoever queues an object has just unlinked it, so that its line is at hand. */
export function lineMisses(
  way: "blocks" | "list",
  { objects, size, spread, ageLines }: LineCase,
  prng: Prng,
): LineMisses {
  const cache = new Cache();
  const place = Array.from(
    { length: objects },
    (_, i) => spread ? i * PAGE_SIZE + prng.upTo(Math.floor(PAGE_SIZE / size) - 1) * size : i * size,
  );
  if (spread) shuffle(place, prng);
  const record = (i: number) => {
    const perBlock = (PAGE_SIZE - BLOCK_HEADER) / RECORD;
    return BLOCKS + Math.floor(i / perBlock) * PAGE_SIZE + BLOCK_HEADER + (i % perBlock) * RECORD;
  };
  const misses = { queue: 0, pointer: 0, kfree: 0 };
  for (let i = 0; i < objects; i++) {
    cache.touch(place[i]!); // unlinked
    if (cache.touch(way === "list" ? place[i]! : record(i))) misses.queue++;
  }
  for (let i = 0; i < ageLines; i++) cache.touch(OTHERS + prng.upTo(2 ** 24) * LINE);
  for (let i = objects - 1; i >= 0; i--) {
    const at = place[i]!;
    if (cache.touch(way === "list" ? at : record(i))) misses.pointer++;
    if (cache.touch(MEM_MAP + Math.floor(at / PAGE_SIZE) * LINE)) misses.kfree++;
    // the free pointer lies in the middle of the object since 5.7
    if (cache.touch(at + Math.floor(size / 2))) misses.kfree++;
  }
  return {
    queue: misses.queue / objects,
    pointer: misses.pointer / objects,
    kfree: misses.kfree / objects,
  };
}

/** Fisher and Yates. */
function shuffle(values: number[], prng: Prng): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = prng.upTo(i);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
