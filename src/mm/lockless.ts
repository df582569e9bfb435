/**
 * The function that the RFC of 18 September 2020 proposes: one page from this CPU's lists or nothing. It takes no lock,
 * looks at no watermark, refills nothing, wakes nobody and leaves no trace event.
 *
 * @kernel mm/page_alloc.c __rcu_alloc_page_lockless, RFC 2/4 of 2020-09-18 (not merged)
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, nowNs, spend } from "../cpu/cpu.ts";
import { MIGRATE, MIGRATE_PCPTYPES, ZONE } from "./gfp.ts";
import { list_del } from "./list.ts";
import { get_pageblock_migratetype, type Mm, NO_PAGE, PAGE, pcpListHead, pcpOf, setPageState } from "./mm.ts";
import { check_new_pcp } from "./page_check.ts";
import { set_page_owner } from "./page_owner.ts";
import { prep_new_page } from "./prep.ts";
import { zone_statistics } from "./vmstat.ts";

/** Registers: position in the zonelist, node of it, first zone visited + 1, the page. */
const AT = 0, NODE = 1, PREFERRED = 2, PFN = 3;

/**
 * Takes the first good page among the heads of this CPU's three lists of a zone, or NO_PAGE. A bad head stays where it
 * is and hides the pages behind it. Interrupts must be off.
 *
 * @kernel mm/page_alloc.c __rmqueue_lockless, RFC 2/4 of 2020-09-18 (not merged)
 */
export function __rmqueue_lockless(m: Mm, t: number, zone: number): number {
  const pcp = pcpOf(m, zone, cpuOf(m, t));
  const { next } = m.link;
  for (let type = 0; type < MIGRATE_PCPTYPES; type++) {
    const head = pcpListHead(m, pcp, type);
    const pfn = next[head]!;
    if (pfn === head || check_new_pcp(m, t, pfn)) continue;
    list_del(m, pfn);
    m.pcp.count[pcp]!--;
    setPageState(m, pfn, PAGE.allocated);
    notePollution(m, pfn);
    m.events.emit(EVENT.locklessHit, t, pfn, zone, type);
    return pfn;
  }
  return NO_PAGE;
}

/** The page becomes unmovable wherever it lies: counted by the type of its pageblock. */
function notePollution(m: Mm, pfn: number): void {
  const block = get_pageblock_migratetype(m, pfn);
  if (block !== MIGRATE.UNMOVABLE) m.vm.pollution[block]!++;
}

/** Returns a page frame or NO_PAGE; no arguments. */
export const __rcu_alloc_page_lockless = operation<Mm, "start" | "walk" | "prepare" | "end">(
  "__rcu_alloc_page_lockless",
  {
    start: TOUCHES.own,
    walk: TOUCHES.pcp | TOUCHES.page,
    prepare: TOUCHES.page,
    end: TOUCHES.own,
  },
  (at) => ({
    // the zonelist is chosen before interrupts go off, by the CPU that runs then
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      m.events.emit(EVENT.locklessSpan, t, 1);
      if (m.profile.debugPagealloc) return leave(m, t, NO_PAGE); // mapping the page back might sleep
      reg[r + AT] = 0;
      reg[r + NODE] = m.cpuNodes[cpuOf(m, t)]!;
      reg[r + PREFERRED] = 0;
      return at.walk;
    },
    // one zone with interrupts off; they are on between two zones
    walk(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zonelist = m.zonelists[reg[r + NODE]!]!;
      let i = reg[r + AT]!;
      while (i < zonelist.length && m.zone.index[zonelist[i]!]! > ZONE.NORMAL) i++;
      if (i === zonelist.length) {
        m.events.emit(EVENT.locklessMiss, t, i);
        return leave(m, t, NO_PAGE);
      }
      const zone = zonelist[i]!;
      if (reg[r + PREFERRED] === 0) reg[r + PREFERRED] = zone + 1;
      reg[r + AT] = i + 1;
      const sinceNs = nowNs(m, t);
      spend(m, t, m.cost.irqSaveRestore + MIGRATE_PCPTYPES * m.cost.listHead);
      const pfn = __rmqueue_lockless(m, t, zone);
      noteIrqOff(m, t, sinceNs);
      if (pfn === NO_PAGE) return at.walk;
      spend(m, t, m.cost.listTake);
      m.zone.pgalloc[zone]!++;
      zone_statistics(m, cpuOf(m, t), reg[r + PREFERRED]! - 1, zone);
      reg[r + PFN] = pfn;
      return at.prepare;
    },
    // outside the irq-off part
    prepare(m, t) {
      const pfn = m.task.reg[frame(m, t) + PFN]!;
      prep_new_page(m, t, pfn, 0);
      return m.profile.pageOwner ? call(m, t, set_page_owner.start, at.end) : leave(m, t, pfn);
    },
    end(m, t) {
      const pfn = m.task.reg[frame(m, t) + PFN]!;
      return leave(m, t, pfn);
    },
  }),
);

/** Interrupts were off since then: hazard H14, long only when bad_page() prints meanwhile. */
function noteIrqOff(m: Mm, t: number, sinceNs: number): void {
  const cpu = cpuOf(m, t);
  const offNs = nowNs(m, t) - sinceNs;
  if (offNs > m.cpu.irqOffNsMax[cpu]!) m.cpu.irqOffNsMax[cpu] = offNs;
}

function leave(m: Mm, t: number, pfn: number): number {
  m.events.emit(EVENT.locklessSpan, t, 0);
  return ret(m, t, pfn);
}
