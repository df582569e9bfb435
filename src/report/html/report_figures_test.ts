/** The figures of a report: a few runs, so small that every figure in the page's tables can be worked out by hand. */
import { assertEquals } from "@std/assert";
import { readBuckets, readRows } from "../result_files.ts";
import { reportHtml, type Results } from "./page.ts";

/** Of `lockless`, two runs at 62/15 and one at each call rate at 8/2 under pressure; of `sync` one without requests. */
const RUNS = `run,seed,strategy,pcp_high,pcp_batch,pressure,rate_hz,block_attempts,block_hits,miss_episodes,\
miss_streak_max,hit_rate_block,objects,fell_back_rcu_head,fell_back_synchronize,fell_back_share
0,x,lockless,62,15,0,1000,40,30,2,7,0.9375,1000,10,0,0.01
1,y,lockless,62,15,0,1000,60,60,0,0,1,3000,90,0,0.03
2,x,lockless,8,2,0.5,1000,50,20,5,12,0.8,1000,200,0,0.2
3,x,lockless,8,2,0.5,20000,50,10,10,9,0.5,1000,300,0,0.3
4,x,sync,62,15,0,1000,0,0,0,0,,500,0,500,1
`;
const LATENCY = `strategy,run,metric,bucket_low_ns,bucket_high_ns,count
lockless,0,fallback_rcu_head,100,103,60
lockless,1,fallback_rcu_head,100,103,38
lockless,2,fallback_rcu_head,2000,2047,1
lockless,3,fallback_rcu_head,1000,1023,1
lockless,0,enqueue_to_free,1000000,1100000,1000
sync,4,enqueue_to_free,2000000,2000000,500
sync,4,fallback_synchronize_rcu,16000000,16500000,500
killed,9,enqueue_to_free,3000,3000,1
`;
const BULK = `strategy,run,channel,batch_low,batch_high,count
lockless,0,slab,504,511,7
lockless,1,slab,496,503,1
lockless,1,slab,10,11,2
lockless,1,vmalloc,1,1,3
lockless,2,vmalloc,10,10,1
`;
const STREAKS = "strategy,run,streak_low,streak_high,count\nlockless,0,5,7,4\n";

const RESULTS: Results = {
  name: "small",
  runs: readRows(RUNS, "runs.csv", []),
  latency: readBuckets(LATENCY, "l", { what: "metric", low: "bucket_low_ns", high: "bucket_high_ns" }),
  bulk: readBuckets(BULK, "b", { what: "channel", low: "batch_low", high: "batch_high" }),
  streaks: readBuckets(STREAKS, "s", { what: null, low: "streak_low", high: "streak_high" }),
  meta: {
    options: {
      geometry: {
        cpuNodes: [0, 0, 1],
        distance: [[10, 20], [20, 10]],
        zones: [
          {
            index: 1,
            nid: 0,
            startPfn: 4096,
            managed: 12000,
            free: null,
            watermarks: [1, 2, 3000],
            pcp: null,
          },
          {
            index: 9,
            nid: 1,
            startPfn: 1,
            managed: 5,
            free: 1234,
            watermarks: null,
            pcp: { high: 6, batch: 1 },
          },
        ],
      },
    },
  },
  fidelity: [
    { name: "refills", predicted: 354.4, recorded: 354, low: 350, high: 360, inBand: true },
    { name: "lost", predicted: 5, recorded: "2 to 4", low: 1, high: 5, inBand: false },
    { name: "none", predicted: 0, recorded: 0, low: 0, high: 0, inBand: true },
  ],
};
const HTML = reportHtml(RESULTS);

/** All that stands in elements of a kind, as text. */
const textsOf = (html: string, tag: string) =>
  [...html.matchAll(new RegExp(`<(?:${tag})[ >][^]*?</(?:${tag})>`, "g"))].map(([element]) =>
    element.replace(/^<[^>]*>/, "").replace(/<\/[^>]*>$/, "").replaceAll("\u202f", " ")
  );

/** Rows of the table with a caption, its head first, fields joined by ` | `. */
function tableOf(caption: string): string[] {
  const table = textsOf(HTML, "details").find((html) => html.includes(`<summary>${caption}</summary>`))!;
  return textsOf(table, "tr").map((row) => textsOf(row, "th|td").join(" | "));
}

Deno.test("reportHtml() says over each column of its tables what stands there", () => {
  const heads = [...HTML.matchAll(/<summary>(.*?)<\/summary>/g)].map(([, caption]) => tableOf(caption!)[0]);
  assertEquals(heads, [
    "strategy | runs | objects | hit by attempt | hit by block | fell back | mean over runs, 95 % interval | " +
    "fallback, half within | 99 % within | queue to free, half within | 99 % within | pointers a block",
    "strategy | filled | high/batch | of | hit rate | from | to",
    "strategy | lists | calls a second | hit rate | from | to",
    "strategy | high/batch | filled | storms | mean | longest",
    "what | strategy | count | 50 % | 90 % | 99 % | 99.9 % | longest",
    "strategy | channel | blocks | mean | full, or nearly (504 and more) | 10 or fewer",
    "figure | predicted | recorded | band from | to | in band",
    "zone | node | first page | managed | free | min / low / high | pcp high/batch",
  ]);
});

Deno.test("reportHtml() adds up all runs of a strategy", () => {
  assertEquals(tableOf("Strategies").slice(1), [
    // 120 of 200 requests, 17 episodes; 600 of 6000 objects; four shares: mean 0.135, t(3) 3.182, s 0.13916
    // 100 fallbacks, of which 98 took the least; 14 blocks with 7·507.5 + 499.5 + 2·10.5 + 3 + 10 pointers
    "lockless | 4 | 6 000 | 60.00 % | 87.59 % | 10.00 % | 0.00 % to 35.64 % | 103 ns | 1.02 µs | " +
    "1.1 ms | 1.1 ms | 292",
    // no request and nothing freed in blocks; one run has no interval
    "sync | 1 | 500 |  |  | 100.00 % |  | 16.5 ms | 16.5 ms | 2 ms | 2 ms | ",
  ]);
});

Deno.test("reportHtml() has the hit rate of each cell, where a page was got", () => {
  assertEquals(tableOf("Hit rates, with 95 % interval over seeds"), [
    "strategy | filled | high/batch | of | hit rate | from | to",
    // t(1) 12.706 times half the difference of two runs; a run alone has no interval
    "lockless | 0 %, rate_hz 1000 | 62/15 | blocks | 96.88 % | 57.17 % | 100.00 %",
    "lockless | 0 %, rate_hz 1000 | 62/15 | objects | 98.00 % | 85.29 % | 100.00 %",
    "lockless | 50 %, rate_hz 1000 | 8/2 | blocks | 80.00 % | 80.00 % | 80.00 %",
    "lockless | 50 %, rate_hz 1000 | 8/2 | objects | 80.00 % | 80.00 % | 80.00 %",
    "lockless | 50 %, rate_hz 20000 | 8/2 | blocks | 50.00 % | 50.00 % | 50.00 %",
    "lockless | 50 %, rate_hz 20000 | 8/2 | objects | 70.00 % | 70.00 % | 70.00 %",
  ]);
  assertEquals(tableOf("Hit rate by call rate, with 95 % interval over seeds").slice(1), [
    "lockless | 62/15, 0 % of memory filled | 1 000 | 96.88 % | 57.17 % | 100.00 %",
    "lockless | 8/2, 50 % of memory filled | 1 000 | 80.00 % | 80.00 % | 80.00 %",
    "lockless | 8/2, 50 % of memory filled | 20 000 | 50.00 % | 50.00 % | 50.00 %",
  ]);
});

Deno.test("reportHtml() has the storms of each cell", () => {
  assertEquals(tableOf("Failed requests in a row").slice(1), [
    "lockless | 62/15 | 0 %, rate_hz 1000 | 2 | 5 | 7",
    "lockless | 8/2 | 50 %, rate_hz 1000 | 5 | 6 | 12",
    "lockless | 8/2 | 50 %, rate_hz 20000 | 10 | 4 | 9",
  ]);
});

Deno.test("reportHtml() has quantiles of times, and how full blocks were", () => {
  assertEquals(tableOf("Times by strategy"), [
    "what | strategy | count | 50 % | 90 % | 99 % | 99.9 % | longest",
    "Caller's cost of the rcu_head fallback | lockless | 100 | 103 ns | 103 ns | 1.02 µs | 2.05 µs | 2.05 µs",
    "From kvfree_rcu() to the freeing | lockless | 1 000 | 1.1 ms | 1.1 ms | 1.1 ms | 1.1 ms | 1.1 ms",
    "From kvfree_rcu() to the freeing | sync | 500 | 2 ms | 2 ms | 2 ms | 2 ms | 2 ms",
    "From kvfree_rcu() to the freeing | killed | 1 | 3 µs | 3 µs | 3 µs | 3 µs | 3 µs",
    "Caller's wait in synchronize_rcu() | sync | 500 | 16.5 ms | 16.5 ms | 16.5 ms | 16.5 ms | 16.5 ms",
  ]);
  assertEquals(tableOf("Pointers in a block").slice(1), [
    "lockless | slab | 10 | 407 | 70.00 % | 0.00 %", // a bucket of 10 to 11 is not 10 or fewer
    "lockless | vmalloc | 4 | 3.25 | 0.00 % | 100.00 %",
  ]);
});

Deno.test("reportHtml() has predictions beside recordings, and draws those that are multiples of one", () => {
  assertEquals(tableOf("Predicted and recorded").slice(1), [
    "refills | 354 | 354 | 350 | 360 | yes",
    "lost | 5 | 2 to 4 | 1 | 5 | no",
    "none | 0 | 0 | 0 | 0 | yes",
  ]);
});

Deno.test("reportHtml() says of each chart what is to be seen", () => {
  const [titles, texts] = [textsOf(HTML, "title").slice(1), textsOf(HTML, "desc")];
  assertEquals(titles.map((title, i) => `${title}: ${texts[i]}`), [
    ...[
      ["0 % of memory filled, rate_hz 1000", "96.88 % at 62/15", "98.00 % at 62/15"],
      ["50 % of memory filled, rate_hz 1000", "80.00 % at 8/2", "80.00 % at 8/2"],
      ["50 % of memory filled, rate_hz 20000", "50.00 % at 8/2", "70.00 % at 8/2"],
    ].flatMap(([place, blocks, objects]) => [
      `lockless, ${place}: blocks: Hit rate by blocks, in per cent. The lowest is ${blocks}.`,
      `lockless, ${place}: objects: Hit rate by objects, in per cent. The lowest is ${objects}.`,
    ]),
    "62/15, 0 % of memory filled: Hit rate by block over the call rate. The lowest is 96.88 %, lockless at 1000 a " +
    "second.",
    "8/2, 50 % of memory filled: Hit rate by block over the call rate. The lowest is 50.00 %, lockless at 20000 a " +
    "second.",
    ...[
      ["0 % of memory filled, rate_hz 1000", "7, lockless at 62/15"],
      ["50 % of memory filled, rate_hz 1000", "12, lockless at 8/2"],
      ["50 % of memory filled, rate_hz 20000", "9, lockless at 8/2"],
    ].map(([place, longest]) =>
      `${place}: Failed requests in a row, mean and most. The longest storm has ${longest}.`
    ),
    "Share of storms that are at least so long: Both axes are logarithmic.",
    "Caller's cost of the rcu_head fallback: lockless: half within 103 ns, 99 % within 1.02 µs",
    "From kvfree_rcu() to the freeing: lockless: half within 1.1 ms, 99 % within 1.1 ms; sync: half within 2 ms, " +
    "99 % within 2 ms; killed: half within 3 µs, 99 % within 3 µs",
    "Caller's wait in synchronize_rcu(): sync: half within 16.5 ms, 99 % within 16.5 ms",
    "lockless, slab blocks: 10 blocks with 407 pointers in the mean.",
    "lockless, vmalloc blocks: 4 blocks with 3.25 pointers in the mean.",
    "Predicted / recorded, 1: 1 of 2 figures are in their bands.",
  ]);
});

Deno.test("reportHtml() names every strategy that has a run or left a histogram", () => {
  const [lead] = textsOf(HTML, "p");
  assertEquals(lead, "5 runs in 4 cells, lockless, sync, killed; pcplab ");
  assertEquals(reportHtml({ ...RESULTS, latency: [], bulk: [] }).includes("lockless, sync; pcplab"), true);
});

Deno.test("reportHtml() shades maps from the lowest rate to the highest, with labels that can be read", () => {
  const maps = HTML.split("<figure>").filter((figure) =>
    /<title>lockless, .*: (blocks|objects)</.test(figure)
  );
  const squares = maps.map((svg) => {
    const [, fill] = /<rect [^>]*fill="(#[0-9a-f]+)"/.exec(svg)!;
    const [, ink, label] = /<text [^>]*fill="(#[0-9a-f]+)"[^>]*>([\d.]+)<\/text>/.exec(svg)!;
    return `${label} ${fill} ${ink}`;
  });
  // seven steps from 50 to 98 %
  assertEquals(squares, [
    "96.9 #fee838 #111",
    "98.0 #fee838 #111",
    ...["80.0 #a59c74 #111", "80.0 #a59c74 #111"],
    "50.0 #00224e #fff",
    "70.0 #575c6d #fff",
  ]);
});

Deno.test("reportHtml() says where its figures come from: axes that vary, then those that do not, and zones", () => {
  const terms = textsOf(HTML, "dl").flatMap((list) =>
    textsOf(list, "div").map((pair) => textsOf(pair, "dt|dd").join(": "))
  );
  assertEquals(terms, [
    "runs: 5 in 4 cells",
    "seed: x, y",
    "version: pcplab unknown",
    "commit: not recorded",
    "axis strategy: lockless, sync",
    "axis pcp_high: 8, 62",
    "axis pcp_batch: 2, 15",
    "axis rate_hz: 1000, 20000",
    "axis pressure: 0, 0.5",
  ]);
  assertEquals(tableOf("Machine: 3 CPUs, 2 nodes, sizes in pages").slice(1), [
    "DMA32 | 0 | 4 096 | 12 000 | all | 1 / 2 / 3000 | by formula",
    "9 | 1 | 1 | 5 | 1 234 | by formula | 6/1",
  ]);
});

Deno.test("reportHtml() shows axes that do not vary, and eight of more seeds", () => {
  const rows = Array.from(
    { length: 10 },
    (_, i) => ({ ...RESULTS.runs[0]!, run: `${i}`, seed: `s${i}`, hz: "100" }),
  );
  const html = reportHtml({ ...RESULTS, runs: rows });
  for (
    const pair of [
      "<dt>seed</dt><dd>s0, s1, s2, s3, s4, s5, s6, s7 and 2 more</dd>",
      "<dt>hz</dt><dd>100</dd>",
    ]
  ) {
    assertEquals(html.includes(pair), true, pair);
  }
  assertEquals(html.includes("<dt>axis"), false);
});

Deno.test("reportHtml() has a link to each of its sections, and each question that the sweep asks", () => {
  const asked = { version: "9.9", question: "How <much>?", expected: "Little.", refutedBy: "More." };
  const html = reportHtml({ ...RESULTS, meta: asked });
  const headings = [...html.matchAll(/<h2 id="(.*?)">(.*?)<\/h2>/g)].map(([, id, title]) =>
    `#${id} ${title}`
  );
  const links = [...html.matchAll(/<a href="(.*?)">(.*?)<\/a>/g)].map(([, href, title]) =>
    `${href} ${title}`
  );
  assertEquals(links, headings);
  assertEquals([links.length, textsOf(html, "h1"), textsOf(html, "title")[0]], [
    8,
    ["small"],
    "small: pcplab report",
  ]);
  assertEquals(textsOf(html, "p").slice(0, 4), [
    "5 runs in 4 cells, lockless, sync, killed; pcplab 9.9",
    "How &lt;much&gt;?",
    "Expected: Little.",
    "Refuted by: More.",
  ]);
});
