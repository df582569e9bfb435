/** A block is in use, in a cache, or back in the page allocator, and each cache is as long as it says (I8, I9). */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Where a page is as a block; with a bug it can be in both. */
const IN_USE = 1;
const CACHED = 2;

/** Follows each block's page through its life. */
export const blockPlaces: Checker = {
  name: "block_places",
  claim: "a block is in one place, and nr_bkv_objs equals the length of its cache and respects its limit",
  attach(m: Rcu, report) {
    // a byte for every page, since sets of pages would be garbage in nearly every step
    const place = new Uint8Array(m.nrPages);
    for (let c = 0; c < m.nrCpus; c++) for (const b of cachedBlocksOf(m, c)) place[m.bnode.pfn[b]!] = CACHED;
    return {
      listener: {
        kinds: [EVENT.blockGot, EVENT.blockFreed, EVENT.blockCached, EVENT.blockUncached],
        onEvent(kind, _t, pfn, how) {
          const was = place[pfn]!;
          if (kind === EVENT.blockCached) {
            if (was !== 0) report(`page ${pfn} is cached and was a block already`);
            place[pfn] = was | CACHED;
          } else if (kind === EVENT.blockUncached) {
            if ((was & CACHED) === 0) report(`page ${pfn} is taken from a cache in which it was not`);
            place[pfn] = was & ~CACHED;
          } else if (kind === EVENT.blockGot) {
            if ((was & IN_USE) !== 0) report(`block at page ${pfn} is taken while in use`);
            if ((how === 0) !== ((was & CACHED) !== 0)) {
              report(`block at page ${pfn} came from where it was not`);
            }
            place[pfn] = IN_USE;
          } else {
            if ((was & IN_USE) === 0) report(`block at page ${pfn} is given up while not in use`);
            place[pfn] = (was & ~IN_USE) | (how === 1 ? CACHED : 0);
          }
        },
      },
      examine: () => examineCaches(m),
    };
  },
};

function* cachedBlocksOf(m: Rcu, cpu: number): Generator<number> {
  let steps = 0;
  for (let b = m.krc.bkvcache[cpu]!; b !== 0 && steps++ <= m.bnode.next.length; b = m.bnode.next[b - 1]!) {
    yield b - 1;
  }
}

function examineCaches(m: Rcu): string | null {
  for (let c = 0; c < m.nrCpus; c++) {
    const length = [...cachedBlocksOf(m, c)].length;
    const counted = m.krc.nr_bkv_objs[c]!;
    if (length !== counted) return `CPU ${c}: nr_bkv_objs is ${counted} and the cache holds ${length} blocks`;
    if (length > m.cachedBlocks) return `CPU ${c}: ${length} blocks cached, the limit is ${m.cachedBlocks}`;
  }
  return null;
}
