/**
 * Question: how long does the model take for kvfree_rcu() under a storm and at a call rate, by strategy, pcp size and
 * pressure? This is the host's time for a cell of a sweep; what the cell says is in its CSV row.
 *
 * Expected: the strategies cost the host the same within a few per cent, because nearly all sections are kmalloc,
 * kvfree_call_rcu and kfree_bulk; `none` costs more, since its objects are freed one by one.
 *
 * Refuted by: a cell whose time depends on the rate or the pressure more than on the number of calls.
 */
import { defaultRunOptions, execute, geometryFromSize, type RunOptions, STRATEGIES } from "../mod.ts";
import type { Case, Size } from "./cases.ts";

/** pcp sizes of the storm cells. */
const PCP_SIZES = [{ high: 378, batch: 63 }, { high: 62, batch: 15 }, { high: 8, batch: 2 }];
/** Shares of memory filled before. */
const PRESSURES = [0, 0.99];
/** kvfree_rcu calls a second and thread. */
const RATES_HZ = [1e4, 1e5, 1e6];

function cell(size: Size, changes: Partial<RunOptions>): () => number {
  const geometry = geometryFromSize({ memoryBytes: 1 << 28, cpus: 2, nodes: 1 });
  const options: RunOptions = {
    ...defaultRunOptions(geometry),
    scheduler: "virtual",
    kfree_alloc_num: size === "full" ? 8000 : 600,
    kfree_loops: 1,
    calls: size === "full" ? 2000 : 100,
    ...changes,
  };
  return () => {
    const { steps, collector } = execute(options);
    return steps + collector.freed;
  };
}

/** Cases of the storm by strategy and pcp size, and of open-loop calls by rate and pressure. */
export function kvfreeRcuCases(size: Size): Case[] {
  const storms = PCP_SIZES.flatMap((pcp) =>
    STRATEGIES.map(({ name }): Case => ({
      name: `storm, ${name}, pcp ${pcp.high}/${pcp.batch}`,
      group: `storm, pcp ${pcp.high}/${pcp.batch}`,
      baseline: name === "nowait",
      run: cell(size, { workload: "kfree_storm", strategy: name, pcp }),
    }))
  );
  const rates = PRESSURES.flatMap((pressure) =>
    RATES_HZ.map((rateHz): Case => ({
      name: `calls, lockless, ${rateHz} a second, pressure ${pressure}`,
      group: `calls, pressure ${pressure}`,
      baseline: rateHz === 1e5,
      run: cell(size, { workload: "random", rateHz, pressure }),
    }))
  );
  return [...storms, ...rates];
}
