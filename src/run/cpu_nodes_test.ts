import { assertEquals } from "@std/assert";
import { parseZoneinfo } from "../import/zoneinfo.ts";
import { cpuNodesOf } from "./cpu_nodes.ts";

/** Limits of the CPUs' lists of one zone, or null for a node without memory. */
type Limits = readonly number[] | null;

/** Nodes of 1 GiB with a low watermark of 10000 and a batch of 63; gives the number of CPUs of each. */
function counts(limits: readonly Limits[], { cma = true, boost = 0, highMin = 0 } = {}): number[] {
  const text = limits.flatMap((highs, nid) => [
    `Node ${nid}, zone   Normal`,
    "  pages free     9000",
    ...boost > 0 ? [`        boost    ${boost}`] : [],
    `        min      ${8000 + boost}`,
    `        low      ${10000 + boost}`,
    `        high     ${12000 + boost}`,
    ...["spanned", "present", "managed"].map((name) => `        ${name}  ${highs === null ? 0 : 262144}`),
    ...cma ? ["        cma      0"] : [],
    "        protection: (0)",
    ...highs === null ? [] : [
      "  pagesets",
      ...highs.flatMap((high, cpu) => [
        `    cpu: ${cpu}`,
        "              count: 0",
        `              high: ${high}`,
        "              batch: 63",
        ...highMin > 0 ? [`              high_min: ${highMin}`, "              high_max: 99999"] : [],
      ]),
      `  start_pfn:           ${nid * 262144}`,
    ],
  ]).join("\n");
  const info = parseZoneinfo(text + "\n");
  const nodes = cpuNodesOf(info, info.nodes);
  return limits.map((_, nid) => nodes.filter((each) => each === nid).length);
}

/** Eight CPUs with the same limit. */
const eight = (high: number): Limits => new Array<number>(8).fill(high);

Deno.test("cpuNodesOf() gives a node as many CPUs as its limits tell", () => {
  assertEquals(counts([eight(3333), eight(2000)]), [3, 5]);
  assertEquals(counts([eight(3333), eight(2000)], { boost: 500 }), [3, 5]);
  // of 6.7 and later the lowest is the one that no CPU has tuned, of 6.18 it is printed
  assertEquals(counts([[5000, 3333, 3400, 3333, 3333, 3333, 3333, 9000], eight(2000)]), [3, 5]);
  assertEquals(counts([eight(4242), eight(4343)], { highMin: 2500 }), [4, 4]);
});

Deno.test("cpuNodesOf() gives a node none whose lists all CPUs share, such as one of a CXL device", () => {
  assertEquals(counts([eight(2500), eight(2500), eight(1250)]), [4, 4, 0]);
  assertEquals(counts([eight(1250), eight(1250)]), [8, 0]);
});

Deno.test("cpuNodesOf() gives a node without memory what is left", () => {
  assertEquals(counts([null, eight(1666)]), [2, 6]);
});

Deno.test("cpuNodesOf() shares equally where the limits are made of something else", () => {
  // a fraction, too few CPUs, too small a node, an older kernel
  assertEquals(counts([eight(777), eight(777)]), [4, 4]);
  assertEquals(counts([eight(5000), eight(2500)]), [4, 4]);
  assertEquals(counts([eight(252), eight(3333)]), [4, 4]);
  assertEquals(counts([eight(3333), eight(2000)], { cma: false }), [4, 4]);
});
