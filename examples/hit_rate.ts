// How often does the RFC's function find a page for a block, under rcuscale's load on a machine of 2 CPUs and 1 GiB?
import { defaultRunOptions, execute, factsOf, geometryFromSize } from "../mod.ts";

const geometry = geometryFromSize({ memoryBytes: 1 << 30, cpus: 2, nodes: 1 });
const pcp = { high: 62, batch: 15 };
const run = { ...defaultRunOptions(geometry), scheduler: "virtual", workload: "kfree_storm", pcp } as const;
const result = execute(run);
const { collector } = result;
const rate = collector.hits / (collector.hits + collector.missEpisodes);
console.log(
  `${factsOf(result).pcpHigh}/${factsOf(result).pcpBatch}: block-level hit rate ${(100 * rate).toFixed(1)} %`,
);
