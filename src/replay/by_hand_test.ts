/**
 * The lists of each version kept by hand, as slowly and plainly as can be, make up a trace; a replay of it must count
 * the same refills and drains, and those that lists of another size make of the same traffic.
 */
import { assertEquals } from "@std/assert";
import { TraceParser } from "../import/trace_parser.ts";
import { parseZoneinfo } from "../import/zoneinfo.ts";
import { profileNamed } from "../profile/profile.ts";
import { Replay } from "./replay.ts";

/** Rules that a version has, by what is written in mm/page_alloc.c of it. */
interface Rules {
  readonly profile: string;
  /** Largest order on the lists; lists in all, those of huge pages included. */
  readonly orderMax: number;
  readonly lists: number;
  /** Blocks of several pages take everything with them: no, when the CPU only frees, or after so many pages freed. */
  readonly freeHigh: "no" | "factor" | ((batch: number, min: number) => number);
  readonly tunes: boolean;
}

const RULES: readonly Rules[] = [
  { profile: "v5_9", orderMax: 0, lists: 3, freeHigh: "no", tunes: false },
  { profile: "v5_14", orderMax: 3, lists: 15, freeHigh: "no", tunes: false },
  { profile: "v6_1", orderMax: 3, lists: 13, freeHigh: "factor", tunes: false },
  { profile: "v6_12", orderMax: 3, lists: 13, freeHigh: (batch) => batch, tunes: true },
  { profile: "v6_18", orderMax: 3, lists: 13, freeHigh: (batch, min) => batch + (min >> 1), tunes: true },
];

/** Limits of a CPU's lists. */
interface Limits {
  high: number;
  readonly batch: number;
  readonly min: number;
  readonly max: number;
}

/** A block of pages. */
interface Block {
  readonly pfn: number;
  readonly order: number;
  readonly type: number;
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high));

/** One CPU's lists. */
class Hand {
  readonly moves = { refills: 0, refillPages: 0, drains: 0, drainPages: 0 };
  readonly #lists: Block[][];
  #factor = 0;
  #freed = 0;
  #wasHigh = false;

  constructor(
    readonly rules: Rules,
    readonly limits: Limits,
    readonly say: (line: string) => void,
    readonly buddy: { get(type: number, order: number): Block; put(block: Block): void },
  ) {
    this.#lists = Array.from({ length: rules.lists }, () => []);
  }

  get #count(): number {
    return this.#lists.flat().reduce((sum, { order }) => sum + (1 << order), 0);
  }

  alloc(type: number, order: number): Block {
    if (order > this.rules.orderMax) return this.#said(this.buddy.get(type, order));
    if (this.rules.tunes) this.#freed >>= 1;
    else this.#factor >>= 1;
    const list = this.#lists[3 * order + type]!;
    if (list.length === 0) {
      const blocks = this.#toRefill(order);
      for (let i = 0; i < blocks; i++) {
        const block = this.buddy.get(type, order);
        list.push(block);
        this.say(`mm_page_alloc_zone_locked: ${text(block)} migratetype=${type} percpu_refill=1`);
      }
      this.moves.refills++;
      this.moves.refillPages += blocks << order;
    }
    return this.#said(list.shift()!);
  }

  #said(block: Block): Block {
    this.say(`mm_page_alloc: ${text(block)} migratetype=${block.type} gfp_flags=GFP_KERNEL`);
    return block;
  }

  #toRefill(order: number): number {
    const { limits } = this;
    let pages = limits.batch;
    if (this.rules.tunes) {
      limits.high = clamp(limits.high, limits.min, limits.max);
      if (limits.high < limits.batch) return 1;
      if (order === 0) pages <<= this.#factor;
      if (limits.min !== limits.max) limits.high = Math.min(limits.high + pages, limits.max);
      if (order === 0) {
        const most = Math.max(limits.high - this.#count - limits.batch, limits.batch);
        if (pages <= most && this.#factor < 5) this.#factor++;
        pages = Math.min(pages, most);
      }
    }
    return this.rules.orderMax > 0 && pages > 1 ? Math.max(pages >> order, 2) : pages;
  }

  free(block: Block): void {
    this.say(`mm_page_free: ${text(block)}`);
    if (block.order > this.rules.orderMax) return this.buddy.put(block);
    const isHigh = this.#noteFree(block.order);
    const list = 3 * block.order + block.type;
    this.#lists[list]!.unshift(block);
    const pages = Math.min(this.#toDrain(isHigh), this.#count);
    if (pages === 0) return;
    this.moves.drains++;
    if (this.rules.freeHigh === "no") this.#drainInTurn(pages);
    else this.#drainListByList(pages, list);
  }

  /** Whether a block of several pages takes everything with it. */
  #noteFree(order: number): boolean {
    const { limits: { batch, min }, rules: { freeHigh, tunes } } = this;
    if (!tunes) return freeHigh === "factor" && this.#factor > 0 && order > 0;
    this.#factor >>= 1;
    const isHigh = order > 0 && this.#wasHigh && typeof freeHigh === "function" &&
      this.#freed >= freeHigh(batch, min);
    this.#wasHigh = order > 0;
    if (this.#freed < batch << 5) this.#freed += 1 << order;
    return isHigh;
  }

  #toDrain(isHigh: boolean): number {
    const { limits, rules } = this;
    const count = this.#count;
    if (rules.tunes) return this.#toDrainTuned(isHigh, count);
    if (rules.orderMax === 0) return count >= limits.high ? limits.batch : 0;
    if (isHigh) return count;
    if (count < limits.high) return 0;
    if (limits.high < limits.batch) return 1;
    const most = limits.high - limits.batch;
    const wanted = limits.batch << this.#factor;
    if (wanted < most && (rules.freeHigh === "no" || this.#factor < 5)) this.#factor++;
    return clamp(wanted, limits.batch, Math.max(most, limits.batch));
  }

  #toDrainTuned(isHigh: boolean, count: number): number {
    const { limits } = this;
    const { batch, min, max } = limits;
    const high = limits.high = clamp(limits.high, min, max);
    if (isHigh && high > 0) {
      limits.high = Math.max(high - (batch << 5), min);
      return Math.min(count, batch << 5);
    }
    if (min !== max && count >= high && high < this.#freed + batch) {
      limits.high = clamp(this.#freed + batch, min, max);
    }
    if (count < high) return 0;
    return high < batch ? 1 : clamp(this.#freed, batch, Math.max(high - batch, batch));
  }

  /** One block of the first list met, two of the second, and so on, beginning behind list 0. */
  #drainInTurn(pages: number): void {
    let [left, list, turn] = [pages, 0, 0];
    while (left > 0) {
      do {
        list = (list + 1) % this.#lists.length;
        turn++;
      } while (this.#lists[list]!.length === 0);
      if (turn === this.#lists.length) turn = left;
      do left -= this.#drain(list); while (left > 0 && --turn > 0 && this.#lists[list]!.length > 0);
    }
  }

  /** All of the list of the block that was freed, then of those behind it, and round. */
  #drainListByList(pages: number, first: number): void {
    for (let left = pages, list = first; left > 0; list = (list + 1) % this.#lists.length) {
      while (left > 0 && this.#lists[list]!.length > 0) left -= this.#drain(list);
    }
  }

  #drain(list: number): number {
    const block = this.#lists[list]!.pop()!;
    this.buddy.put(block);
    this.say(`mm_page_pcpu_drain: ${text(block)} migratetype=${block.type}`);
    this.moves.drainPages += 1 << block.order;
    return 1 << block.order;
  }
}

const text = ({ pfn, order }: Block) => `page=00000000a1b2c3d4 pfn=0x${pfn.toString(16)} order=${order}`;

const [FIRST_PFN, REGION_PAGES, ORDERS, TYPES] = [4096, 4096, 5, 3];

/** Blocks from a part of memory of their own for each type and order, given back ones first. */
function buddyLists() {
  const free = new Map<number, Block[]>();
  const next = new Map<number, number>();
  return {
    get(type: number, order: number): Block {
      const region = type * ORDERS + order;
      const back = free.get(region)?.pop();
      if (back !== undefined) return back;
      const at = next.get(region) ?? 0;
      next.set(region, at + 1);
      return { pfn: FIRST_PFN + region * REGION_PAGES + (at << order), order, type };
    },
    put(block: Block): void {
      const region = block.type * ORDERS + block.order;
      free.set(region, [...free.get(region) ?? [], block]);
    },
  };
}

/** Two CPUs that allocate and free in bursts; gives the trace and what the lists did. */
function traffic(rules: Rules, limits: readonly Limits[], seed: number) {
  let state = seed;
  const random = (below: number) => (state = (state * 48271) % 0x7fffffff) % below;
  const lines: string[] = [];
  const buddy = buddyLists();
  const hands = limits.map((each, cpu) =>
    new Hand(rules, { ...each }, (line) => {
      const time = `1.${String(lines.length).padStart(6, "0")}`;
      lines.push(`            task-${100 + cpu}     [00${cpu}] d..1.  ${time}: ${line}\n`);
    }, buddy)
  );
  const live: Block[] = [];
  const isFreeing = [false, false];
  for (let i = 0; i < 2500; i++) {
    const cpu = random(2);
    if (random(60) === 0) isFreeing[cpu] = !isFreeing[cpu];
    if (isFreeing[cpu] && live.length > 0) hands[cpu]!.free(live.splice(random(live.length), 1)[0]!);
    else live.push(hands[cpu]!.alloc(random(TYPES), random(3) === 0 ? random(ORDERS) : 0));
  }
  return { trace: lines.join(""), moves: hands.map(({ moves }) => moves) };
}

/** zoneinfo of 256 MiB, of which the formula of 6.7 and later makes limits of 80 to 4000. */
function zoneinfoOf(limits: readonly Limits[], isPrinted: boolean): string {
  const amounts = { min: 128, low: 160, high: 192, spanned: 65536, present: 65536, managed: 64000 };
  return [
    "Node 0, zone    DMA32",
    "  pages free     50000",
    ...Object.entries(amounts).map(([name, pages]) => `        ${name} ${pages}`),
    "        protection: (0)",
    "  pagesets",
    ...limits.flatMap(({ high, batch, min, max }, cpu) => [
      `    cpu: ${cpu}\n              count: 0\n              high: ${high}\n              batch: ${batch}`,
      ...isPrinted ? [`              high_min: ${min}\n              high_max: ${max}`] : [],
    ]),
    `  start_pfn:           ${FIRST_PFN}\n`,
  ].join("\n");
}

for (const rules of RULES) {
  Deno.test(`Replay with the rules of ${rules.profile} counts what lists kept by hand do`, () => {
    const recorded: Limits[] = rules.tunes
      ? [80, 117].map((high) => ({ high, batch: 15, min: 80, max: 4000 }))
      : [80, 80].map((high) => ({ high, batch: 15, min: high, max: high }));
    const size = { high: 40, batch: 9 };
    const other = [size, size].map((each) => ({ ...each, min: each.high, max: each.high }));
    const info = parseZoneinfo(zoneinfoOf(recorded, rules.profile === "v6_18"));
    const profile = profileNamed(rules.profile);
    const whatIf = { size, fraction: null, profile, blockSource: "recorded" } as const;
    for (const seed of [1, 2, 3]) {
      const { trace, moves } = traffic(rules, recorded, seed);
      const input = { zoneinfo: info, pcplists: null, pageBlockOrder: 9 };
      const replay = new Replay(input, { profile, file: "made.txt", identity: false, whatIf });
      const parser = new TraceParser(replay);
      parser.push(new TextEncoder().encode(trace));
      parser.finish();
      const result = replay.finish();
      const of = (side: "predicted" | "recorded") =>
        result.perZone.map(({ refills, refillPages, drains, drainPages }) => ({
          refills: refills[side],
          refillPages: refillPages[side],
          drains: drains[side],
          drainPages: drainPages[side],
        }));
      assertEquals([of("predicted"), of("recorded"), result.refillF1], [moves, moves, 1], `seed ${seed}`);
      const imagined = result.whatIf!.perZone.map(({ refills, refillPages, drains, drainPages }) => ({
        refills: refills.imagined,
        refillPages: refillPages.imagined,
        drains: drains.imagined,
        drainPages: drainPages.imagined,
      }));
      assertEquals(imagined, traffic(rules, other, seed).moves, `seed ${seed}, other lists`);
    }
  });
}
