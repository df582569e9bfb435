/**
 * Putting a CPU's active slab away: its unused objects go back to the slab, and the slab to the node or to discard.
 *
 * @kernel mm/slub.c deactivate_slab 5.9
 */
import { cpuOf } from "../cpu/cpu.ts";
import { add_partial, lockNode, nodeEntry, unlockNode } from "./partial.ts";
import type { Slabs } from "./slab.ts";

/**
 * Puts this CPU's active slab away; returns it as a chain + 1 when it is to be discarded, else 0.
 *
 * @kernel mm/slub.c deactivate_slab 5.9
 */
export function deactivate_slab(m: Slabs, t: number, cache: number): number {
  const { slab: s, slabCpu, object } = m;
  const c = cache * m.nrCpus + cpuOf(m, t);
  const slab = slabCpu.page[c]! - 1;
  const hadFree = s.freelist[slab] !== 0;
  for (let o = slabCpu.freelist[c]!; o !== 0;) {
    const following = object.next[o - 1]!;
    object.next[o - 1] = s.freelist[slab]!;
    s.freelist[slab] = o;
    s.inuse[slab]!--;
    o = following;
  }
  slabCpu.page[c] = 0;
  slabCpu.freelist[c] = 0;
  s.frozen[slab] = 0;
  const entry = nodeEntry(m, cache, slab);
  if (s.inuse[slab] === 0 && m.slabNode.nr_partial[entry]! >= m.caches[cache]!.minPartial) {
    s.next[slab] = 0;
    return slab + 1;
  }
  if (s.freelist[slab] !== 0) {
    lockNode(m, t, entry);
    add_partial(m, slab, entry, hadFree);
    unlockNode(m, t, entry);
  }
  return 0;
}
