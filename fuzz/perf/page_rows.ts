/**
 * Rows about pages: the hot pair, the random mix, how cost grows with the zone, and bytes a page.
 */
import { pageMachine, PageMix, pagePairs } from "../../bench/page_mix.ts";
import type { CReference } from "./c_reference.ts";
import type { PerfRow } from "./row.ts";

/** Nanoseconds each of `operations`. */
function nsEach(operations: number, run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1e6 / operations;
}

/** A measurement of the mix on a machine of 2^shift pages, brought to half full first as the C does. */
function mixOf(shift: number): (operations: number) => number {
  let mix: PageMix | null = null;
  return (operations) => {
    if (mix === null) {
      mix = new PageMix(pageMachine(shift, "v6_1"), shift);
      mix.run(4 * 2 ** shift);
    }
    return nsEach(operations, () => mix!.run(operations));
  };
}

/** Bytes of a machine for each page that a larger one has more. */
function bytesPerPage(): number {
  const [small, large] = [pageMachine(15, "v5_9"), pageMachine(17, "v5_9")];
  return (large.bytes.length - small.bytes.length) / (2 ** 17 - 2 ** 15);
}

/** The rows; small inputs when `quick`. */
export function pageRows(quick: boolean, c: CReference | null): PerfRow[] {
  const operations = quick ? 20_000 : 2_000_000;
  const [small, middle, large] = quick ? [14, 15, 16] : [14, 18, 22];
  const why = "gcc is not installed";
  const hot = pageMachine(middle!, "v5_9");
  const [mixSmall, mixMiddle, mixLarge] = [mixOf(small!), mixOf(middle!), mixOf(large!)];
  return [
    {
      work: "lockless take + free, hot pair (ns)",
      reference: "C",
      target: "at most 1.5 times",
      meets: (_, ratio) => ratio <= 1.5,
      why,
      measure: c && (() => ({
        ours: nsEach(operations, () => void pagePairs(hot, operations)),
        theirs: c.ns("pair", middle!, operations),
      })),
    },
    {
      work: `random alloc/free, orders 0..3, half-full 2^${middle} pages, counters and events on (ns)`,
      reference: "C",
      target: "at most 2 times",
      meets: (_, ratio) => ratio <= 2,
      why,
      measure: c && (() => ({
        ours: mixMiddle(operations),
        theirs: c.ns("random", middle!, operations),
      })),
    },
    {
      work: `the same: cost at 2^${large} pages over cost at 2^${small} (ratio)`,
      reference: "C",
      target: "grows no more than C",
      meets: (_, ratio) => ratio <= 1,
      why,
      measure: c && (() => ({
        ours: mixLarge(operations) / mixSmall(operations),
        theirs: c.ns("random", large!, operations) / c.ns("random", small!, operations),
      })),
    },
    {
      work: "memory per page (bytes)",
      reference: "struct page: 64",
      target: "at most 12 bytes",
      meets: (ours) => ours <= 12,
      measure: () => ({ ours: bytesPerPage(), theirs: 64 }),
    },
  ];
}
