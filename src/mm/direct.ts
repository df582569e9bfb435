/**
 * The allocator without tasks taking turns: a whole allocation or free in one call, for replays of recorded traces and
 * for benchmarks of the model's own speed.
 *
 * What nearly every call does is written out: made of the same functions as the operations it took a third longer,
 * since each of them loads its views and changes the page's state anew. What is rare goes to those functions. A test
 * holds every call against the operations, which are the slow twin.
 */
import { cpuOf } from "../cpu/cpu.ts";
import { EVENT } from "../sim/events.ts";
import { ALLOC, gfp_migratetype, gfp_zone, MAX_ORDER, MIGRATE, MIGRATE_PCPTYPES, ZONE } from "./gfp.ts";
import { __free_one_page } from "./buddy.ts";
import { __rmqueue } from "./fallback.ts";
import { flagsFrom, nextAllowed } from "./freelist.ts";
import { lruDelete } from "./lru.ts";
import { type Mm, NO_PAGE, PAGE, page_zone, pcpListHead, pcpOf } from "./mm.ts";
import { check_new_pcp } from "./page_check.ts";
import { free_pcppages_bulk, free_unref_page_commit, listOf, refillList, takeFromPcp } from "./pcp.ts";
import { free_pages_prepare } from "./prep.ts";
import { modFreePages, zone_statistics } from "./vmstat.ts";
import { wmark_pages, zone_watermark_fast } from "./watermark.ts";

// copies that are not imported: docs/decisions.md, 23
const { allocated: ALLOCATED, pcp: LISTED, stateMask: STATE, lru: ON_LRU, anon: ANON } = PAGE;
const BAD = PAGE.badMapcount | PAGE.badForever;
const { MOVABLE, UNMOVABLE, ISOLATE } = MIGRATE;
const { NORMAL } = ZONE;
const { locklessHit: LOCKLESS_HIT } = EVENT;
const TYPES = MIGRATE_PCPTYPES;

const badOrder = (order: number) => `order must be a whole number from 0 to ${MAX_ORDER - 1}, not ${order}`;

/** Whether the build looks at pages between the lists and their users. */
const checksPages = ({ profile }: Mm): boolean => profile.debugVm || profile.debugPagealloc;

/** `__rcu_alloc_page_lockless()` in one go: a page frame or NO_PAGE. */
export function locklessDirect(m: Mm, t: number): number {
  const { next, prev } = m.link;
  const { index } = m.zone;
  const cpu = m.task.cpu[t]!;
  const zonelist = m.zonelists[m.cpuNodes[cpu]!]!;
  const looks = checksPages(m);
  for (let i = 0; i < zonelist.length; i++) {
    const zone = zonelist[i]!;
    if (index[zone]! > NORMAL) continue;
    const pcp = zone * m.nrCpus + cpu;
    const first = pcpListHead(m, pcp, 0);
    for (let type = 0; type < TYPES; type++) {
      const pfn = next[first + type]!;
      if (pfn === first + type || (looks && check_new_pcp(m, t, pfn))) continue;
      const after = next[pfn]!;
      next[first + type] = after;
      prev[after] = first + type;
      m.pcp.count[pcp]!--;
      const block = m.pageblock.migratetype[pfn >> m.pageblockOrder]!;
      if (block !== UNMOVABLE) m.vm.pollution[block]!++;
      m.events.emit(LOCKLESS_HIT, t, pfn, zone, type);
      handOut(m, cpu, pfn, 0, zone, zonelist[0]!);
      return pfn;
    }
  }
  return NO_PAGE;
}

/** Counts a block as allocated and gives it to its user. */
function handOut(m: Mm, cpu: number, pfn: number, order: number, zone: number, preferred: number): void {
  const { page, cost } = m;
  m.zone.pgalloc[zone]! += 1 << order;
  zone_statistics(m, cpu, preferred, zone);
  page.flags[pfn] = (page.flags[pfn]! & ~STATE) | ALLOCATED;
  page.order[pfn] = order;
  m.cpu.clockNs[cpu]! += cost.prepPage + (m.profile.initOnAlloc ? cost.clearPage * (1 << order) : 0);
}

/**
 * The fast path of an allocation, at the low watermark: a page frame or NO_PAGE.
 *
 * @throws RangeError when the order is not a whole number from 0 to 10.
 */
export function allocDirect(m: Mm, t: number, gfp: number, order: number): number {
  if (order >>> 0 !== order || order >= MAX_ORDER) throw new RangeError(badOrder(order));
  const cpu = m.task.cpu[t]!;
  const zonelist = m.zonelists[m.cpuNodes[cpu]!]!;
  const highest = gfp_zone(gfp);
  const first = nextAllowed(m, zonelist, 0, highest);
  const flags = flagsFrom(m, gfp, zonelist[first]);
  const type = gfp_migratetype(gfp, m.mobilityDisabled);
  for (let i = first; i < zonelist.length; i = nextAllowed(m, zonelist, i + 1, highest)) {
    const zone = zonelist[i]!;
    const mark = wmark_pages(m, zone, ALLOC.WMARK_LOW);
    if (!zone_watermark_fast(m, zone, order, mark, highest, flags, gfp)) continue;
    const pfn = order <= m.profile.pcpOrderMax
      ? takeDirect(m, t, zone, zone * m.nrCpus + cpu, type, flags, order)
      : takeBlockDirect(m, t, zone, order, type, flags);
    if (pfn === NO_PAGE) continue;
    handOut(m, cpu, pfn, order, zone, zonelist[first]!);
    return pfn;
  }
  return NO_PAGE;
}

/** A page of this CPU's list of a type and order, refilled when it is empty. */
function takeDirect(
  m: Mm,
  t: number,
  zone: number,
  pcp: number,
  type: number,
  flags: number,
  order: number,
): number {
  const { next, prev } = m.link;
  const pindex = TYPES * order + type;
  const head = pcpListHead(m, pcp, pindex);
  m.pcpPolicy.onAlloc(m, pcp);
  const pfn = next[head]!;
  if (pfn !== head && !checksPages(m)) {
    const after = next[pfn]!;
    next[head] = after;
    prev[after] = head;
    m.pcp.count[pcp]! -= 1 << order;
    return pfn;
  }
  for (;;) {
    const pfn = takeFromPcp(m, t, pcp, pindex);
    if (pfn !== NO_PAGE) return pfn;
    const got = refillList(m, t, zone, pcp, type, order, flags);
    if (got === 0) return NO_PAGE;
  }
}

function takeBlockDirect(m: Mm, t: number, zone: number, order: number, type: number, flags: number): number {
  const pfn = __rmqueue(m, t, zone, order, type, flags);
  if (pfn !== NO_PAGE) modFreePages(m, cpuOf(m, t), zone, -(1 << order), m.page.migratetype[pfn]!);
  return pfn;
}

/** Frees a block: order 0 to this CPU's lists with a drain when they are full, larger ones to the buddy lists. */
export function freeDirect(m: Mm, t: number, pfn: number, order: number): void {
  const { flags, order: orders, migratetype } = m.page;
  const flag = flags[pfn]!;
  const block = pfn >> m.pageblockOrder;
  const type = m.pageblock.migratetype[block]!;
  const usual = (flag & (STATE | ON_LRU)) === ALLOCATED && orders[pfn] === order &&
    order <= m.profile.pcpOrderMax && type !== ISOLATE && !checksPages(m) && areGood(m, pfn + 1, 1 << order);
  if (!usual) return freeUnusual(m, t, pfn, order);
  const { link: { next, prev }, cpu: { clockNs }, cost } = m;
  const cpu = m.task.cpu[t]!;
  const zone = m.pageblock.zone[block]!;
  const pcp = zone * m.nrCpus + cpu;
  const pindex = TYPES * order + (type < TYPES ? type : MOVABLE);
  const head = pcpListHead(m, pcp, pindex);
  migratetype[pfn] = type;
  flags[pfn] = (flag & ~(STATE | ANON)) | LISTED;
  m.vm.pgfree[0]! += 1 << order;
  const first = next[head]!;
  next[pfn] = first;
  prev[pfn] = head;
  prev[first] = pfn;
  next[head] = pfn;
  m.pcp.count[pcp]! += 1 << order;
  clockNs[cpu] = clockNs[cpu]! + cost.freePrepare + cost.listTake;
  const drain = m.pcpPolicy.drainCount(m, zone, pcp, order);
  if (drain !== 0) free_pcppages_bulk(m, t, zone, pcp, drain, pindex);
}

/** Whether no page behind the first of a block is bad: that is always looked at. */
function areGood({ page: { flags } }: Mm, start: number, pages: number): boolean {
  let found = 0;
  for (let p = start; p < start + pages - 1; p++) found |= flags[p]!;
  return (found & BAD) === 0;
}

function freeUnusual(m: Mm, t: number, pfn: number, order: number): void {
  lruDelete(m, pfn);
  if (!free_pages_prepare(m, t, pfn, order)) return;
  const zone = page_zone(m, pfn);
  const type = m.page.migratetype[pfn]!;
  if (order > m.profile.pcpOrderMax || type === MIGRATE.ISOLATE) {
    m.vm.pgfree[0]! += 1 << order;
    __free_one_page(m, cpuOf(m, t), pfn, zone, order, type);
    return;
  }
  const drain = free_unref_page_commit(m, t, pfn, order);
  if (drain === 0) return;
  free_pcppages_bulk(m, t, zone, pcpOf(m, zone, cpuOf(m, t)), drain, listOf(m, pfn, order));
}
