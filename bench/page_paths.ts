/**
 * Question: what does a page cost the model on the lockless path and on the normal path, by pcp size and pressure?
 *
 * Expected: with large lists the two are alike, since both take a list head; with 8/2 the normal path pays a refill
 * every second page and a drain every second free. Memory pressure changes nothing for the lockless path, which looks
 * at no watermark, and little for the normal one as long as the low watermark holds.
 *
 * Refuted by: a lockless path that gets slower with smaller lists while it hits, or with pressure.
 */
import {
  allocDirect,
  defaultRunOptions,
  freeDirect,
  geometryFromSize,
  GFP_KERNEL,
  locklessDirect,
  type Machine,
  planMachine,
} from "../mod.ts";
import type { Case, Size } from "./cases.ts";

/** Sizes to compare, in pages. */
const PCP_SIZES = [{ high: 378, batch: 63 }, { high: 62, batch: 15 }, { high: 8, batch: 2 }];
/** Shares of memory filled before. */
const PRESSURES = [0, 0.9];
/** Pages held at a time: more than the smallest list holds. */
const HELD = 16;

function machine(pcp: { high: number; batch: number }, pressure: number, size: Size): Machine {
  const geometry = geometryFromSize({ memoryBytes: size === "full" ? 1 << 30 : 1 << 26, cpus: 2, nodes: 1 });
  return planMachine({ ...defaultRunOptions(geometry), pcp, pressure, calls: 1 });
}

/** Takes HELD pages and frees them, `rounds` times; falls back to the normal path when a lockless take fails. */
function churn({ m }: Machine, lockless: boolean, rounds: number): number {
  const t = m.roles.threads[0]![0]!;
  const held = new Int32Array(HELD);
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < HELD; i++) {
      const pfn = lockless ? locklessDirect(m, t) : -1;
      held[i] = pfn >= 0 ? pfn : allocDirect(m, t, GFP_KERNEL, 0);
      sum = (sum * 31 + held[i]!) | 0;
    }
    for (let i = 0; i < HELD; i++) freeDirect(m, t, held[i]!, 0);
  }
  return sum;
}

/** Cases by pcp size and pressure. */
export function pagePathCases(size: Size): Case[] {
  const rounds = size === "full" ? 1000 : 4;
  return PRESSURES.flatMap((pressure) =>
    PCP_SIZES.flatMap((pcp) =>
      ["normal", "lockless"].map((path): Case => {
        const built = machine(pcp, pressure, size);
        return {
          name: `${HELD * rounds} pages, ${path} path, pcp ${pcp.high}/${pcp.batch}, pressure ${pressure}`,
          group: `page paths, pressure ${pressure}, pcp ${pcp.high}/${pcp.batch}`,
          baseline: path === "normal",
          run: () => churn(built, path === "lockless", rounds),
        };
      })
    )
  );
}
