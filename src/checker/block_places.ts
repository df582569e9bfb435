/** A block is in use, in a cache, or back in the page allocator, and each cache is as long as it says (I8, I9). */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Follows each block's page through its life. */
export const blockPlaces: Checker = {
  name: "block_places",
  claim: "a block is in one place, and nr_bkv_objs equals the length of its cache and respects its limit",
  attach(m: Rcu, report) {
    const inUse = new Set<number>();
    const cached = new Set<number>();
    for (let c = 0; c < m.nrCpus; c++) for (const b of cachedBlocksOf(m, c)) cached.add(m.bnode.pfn[b]!);
    return {
      listener: {
        kinds: [EVENT.blockGot, EVENT.blockFreed, EVENT.blockCached, EVENT.blockUncached],
        onEvent(kind, _t, pfn, how) {
          if (kind === EVENT.blockCached) {
            if (inUse.has(pfn) || cached.has(pfn)) report(`page ${pfn} is cached and was a block already`);
            cached.add(pfn);
          } else if (kind === EVENT.blockUncached) {
            if (!cached.delete(pfn)) report(`page ${pfn} is taken from a cache in which it was not`);
          } else if (kind === EVENT.blockGot) {
            if (inUse.has(pfn)) report(`block at page ${pfn} is taken while in use`);
            if ((how === 0) !== cached.delete(pfn)) report(`block at page ${pfn} came from where it was not`);
            inUse.add(pfn);
          } else {
            if (!inUse.delete(pfn)) report(`block at page ${pfn} is given up while not in use`);
            if (how === 1) cached.add(pfn);
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
