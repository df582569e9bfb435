/**
 * Question: how close do the page lists and the buddy allocator of the model come to the same structures in plain C?
 *
 * Expected: a factor of about two, for checks of indices, counters, zones and migratetypes that the C has not, made up
 * for in part by 11 bytes a page where the C has 64. `deno task perf` runs both side by side
 * (bench/reference/pcp.c draws the same numbers and makes the same decisions).
 */
import {
  allocDirect,
  Collector,
  defaultRunOptions,
  freeDirect,
  geometryFromSize,
  GFP_KERNEL,
  locklessDirect,
  type Machine,
  planMachine,
} from "../mod.ts";
import type { Case, Size } from "./cases.ts";

const PCP = { high: 378, batch: 63 };

/** A machine of 2^shift pages with lists per order, as the C has, and with the counters of a run listening. */
export function pageMachine(shift: number, profile: "v5_9" | "v6_1"): Machine {
  const geometry = geometryFromSize({ memoryBytes: 2 ** (shift + 12), cpus: 2, nodes: 1 });
  const machine = planMachine({ ...defaultRunOptions(geometry), profile, pcp: PCP, calls: 1 });
  machine.m.events.subscribe(new Collector(machine.m));
  return machine;
}

/** Takes a page without a lock and frees it, `pairs` times. */
export function pagePairs({ m }: Machine, pairs: number): number {
  const t = m.roles.threads[0]![0]!;
  freeDirect(m, t, allocDirect(m, t, GFP_KERNEL, 0), 0);
  let sum = 0;
  for (let i = 0; i < pairs; i++) {
    const pfn = locklessDirect(m, t);
    sum = (sum + pfn) | 0;
    freeDirect(m, t, pfn, 0);
  }
  return sum;
}

/** Random allocations and frees of orders 0 to 3 around a half-full machine; what it holds stays between calls. */
export class PageMix {
  readonly #m: Machine["m"];
  readonly #held: Int32Array;
  readonly #half: number;
  #state = 2463534242 | 0;
  #nr = 0;
  #used = 0;

  /** Starts empty on a machine of 2^shift pages. */
  constructor({ m }: Machine, shift: number) {
    this.#m = m;
    this.#held = new Int32Array(2 ** shift);
    this.#half = 2 ** (shift - 1);
  }

  #draw(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return this.#state = x;
  }

  /** Does `operations` of them; the result depends on all. */
  run(operations: number): number {
    const m = this.#m;
    const held = this.#held;
    const t = m.roles.threads[0]![0]!;
    let sum = 0;
    for (let i = 0; i < operations; i++) {
      const r = this.#draw();
      const want = (r & 7) < (this.#used < this.#half ? 5 : 3);
      if (want || this.#nr === 0) {
        const order = (r >>> 3) & 3;
        const pfn = allocDirect(m, t, GFP_KERNEL, order);
        if (pfn < 0) continue;
        held[this.#nr++] = pfn * 4 + order;
        this.#used += 1 << order;
        sum = (sum * 31 + pfn) | 0;
      } else {
        const k = Math.floor((this.#draw() >>> 0) * this.#nr / 2 ** 32);
        const block = held[k]!;
        held[k] = held[--this.#nr]!;
        const order = block & 3;
        this.#used -= 1 << order;
        freeDirect(m, t, block >>> 2, order);
      }
    }
    return sum;
  }
}

/** Cases: the hot pair and the mix. */
export function pageMixCases(size: Size): Case[] {
  const shift = size === "full" ? 18 : 14;
  const operations = size === "full" ? 100_000 : 500;
  const hot = pageMachine(shift, "v5_9");
  const mixed = new PageMix(pageMachine(shift, "v6_1"), shift);
  const group = `2^${shift} pages`;
  return [
    {
      name: `${operations} hot pairs`,
      group,
      baseline: true,
      run: () => pagePairs(hot, operations),
    },
    {
      name: `${operations} random operations`,
      group,
      baseline: false,
      run: () => mixed.run(operations),
    },
  ];
}
