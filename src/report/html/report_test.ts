import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cellsOf, estimateOf, valuesOf, variedAxes } from "../result_cells.ts";
import { ImportError } from "../../import/import_error.ts";
import { addUp, readBuckets, readRows, ResultFault } from "../result_files.ts";
import { readFidelity } from "./fidelity.ts";
import { chartSvg, logTicks } from "./chart.ts";
import { escape, filledText, grouped, percent, tableHtml, timeText } from "./markup.ts";
import { NothingToReport, reportHtml, type Results } from "./page.ts";
import { commandOf } from "./provenance.ts";
import { lookOf } from "./series.ts";
import { REPORT_STYLE } from "./style.ts";

const COLUMNS = [
  "run",
  "seed",
  "strategy",
  "pcp_high",
  "pcp_batch",
  "pressure",
  "rate_hz",
  "block_attempts",
  "block_hits",
];
const MORE = [
  "hit_rate_block",
  "miss_episodes",
  "miss_streak_max",
  "objects",
  "fell_back_rcu_head",
  "fell_back_share",
];

/** Results over two strategies, three sizes, two pressures, three rates and three seeds. */
function results(change: Partial<Results> = {}): Results {
  const lines = [[...COLUMNS, ...MORE].join(",")];
  const latency = ["strategy,run,metric,bucket_low_ns,bucket_high_ns,count"];
  const bulk = ["strategy,run,channel,batch_low,batch_high,count"];
  let run = 0;
  for (const strategy of ["lockless", "nowait"]) {
    for (const [high, batch] of [[378, 63], [62, 15], [8, 2]]) {
      for (const pressure of [0, 0.99]) {
        for (const rate of [1e3, 1e4, 1e5]) {
          for (const seed of [1, 2, 3]) {
            const hits = strategy === "lockless" ? 10 + high! / 8 + seed : 60;
            const misses = 60 - hits;
            lines.push(
              [
                run,
                seed,
                strategy,
                high,
                batch,
                pressure,
                rate,
                60,
                hits,
                (hits / 60).toFixed(6),
                misses > 0 ? 3 : 0,
                misses,
                1000,
                misses,
                (misses / 1000).toFixed(6),
              ].join(","),
            );
            latency.push(`${strategy},${run},enqueue_to_free,${1e6 * seed},${1.1e6 * seed},${100 * seed}`);
            latency.push(`${strategy},${run},fallback_rcu_head,125,129,7`);
            bulk.push(`${strategy},${run},slab,510,510,9`, `${strategy},${run},slab,3,3,1`);
            run++;
          }
        }
      }
    }
  }
  return {
    name: "sweep",
    runs: readRows(lines.join("\n") + "\n", "runs.csv", COLUMNS),
    latency: readBuckets(latency.join("\n"), "l", {
      what: "metric",
      low: "bucket_low_ns",
      high: "bucket_high_ns",
    }),
    bulk: readBuckets(bulk.join("\n"), "b", { what: "channel", low: "batch_low", high: "batch_high" }),
    streaks: readBuckets(
      "strategy,run,streak_low,streak_high,count\nlockless,0,1,1,9\nlockless,0,40,41,1\n",
      "s",
      {
        what: null,
        low: "streak_low",
        high: "streak_high",
      },
    ),
    meta: { version: "0.1.0", commit: "abc", command: ["deno", "task", "sweep", "it's"] },
    fidelity: [
      { name: "hit rate at 8/2", predicted: 0.687, recorded: 0.695, low: 0.69, high: 0.7, inBand: false },
      { name: "refills", predicted: 354, recorded: 354, low: 350, high: 360, inBand: true },
    ],
    ...change,
  };
}

Deno.test("reportHtml() has every section, a table under each, and a name for every chart", () => {
  const html = reportHtml(results());
  for (
    const id of [
      "strategies",
      "hit-rate",
      "call-rate",
      "storms",
      "latency",
      "kfree-bulk",
      "fidelity",
      "provenance",
    ]
  ) {
    assertMatch(html, new RegExp(`<h2 id="${id}">`), id);
  }
  const charts = html.match(/<svg role="img"/g)!.length;
  assertEquals(charts, 24 + 6 + 7 + 2 + 2 + 1);
  assertEquals(
    html.match(/<svg role="img" aria-label="[^"]+"[^>]*><title>[^<]+<\/title><desc>[^<]+<\/desc>/g)!.length,
    charts,
  );
  assertEquals(html.match(/<\/details>/g)!.length, 7);
  assert(html.includes(`<span>${escape("'it'\\''s'")}</span>`));
  for (const text of ["pcplab 0.1.0", "abc", "1, 2, 3"]) {
    assert(html.includes(escape(text)), text);
  }
});

Deno.test("reportHtml() has no line for a question that a sweep of one's own axes does not ask", () => {
  const asked = { question: "How much?", expected: "Little.", refutedBy: "" };
  const html = reportHtml(results({ meta: { version: "0.1.0", ...asked } }));
  assertStringIncludes(html, "<p>How much?</p>\n<p>Expected: Little.</p>\n<nav");
});

Deno.test("tableHtml() heads columns and rows, and folds what has more than twelve", () => {
  const table = (rows: number) =>
    tableHtml({
      caption: "<c>",
      head: ["a", "&"],
      rows: Array.from({ length: rows }, (_, i) => [`${i}`, '"']),
    });
  assertEquals(table(1).split("\n"), [
    "<details open><summary>&lt;c&gt;</summary>",
    '<div class="scroll" tabindex="0" role="group" aria-label="&lt;c&gt;">',
    "<table>",
    '<thead><tr><th scope="col">a</th><th scope="col">&amp;</th></tr></thead>',
    "<tbody>",
    '<tr><th scope="row">0</th><td>&quot;</td></tr>',
    "</tbody></table></div>",
    "</details>",
  ]);
  assertEquals([12, 13].map((rows) => table(rows).startsWith("<details open>")), [true, false]);
});

Deno.test("chartSvg() breaks a long title between words, and is the higher for it", () => {
  const svg = (title: string) => chartSvg({ title, description: "d", marks: [] });
  const parts = (title: string) =>
    [...svg(title).matchAll(/<text class="title"[^>]*>(.*?)<\/text>/g)].map(([, text]) =>
      text!.split(/<[^>]*>/).filter((line) => line !== "")
    );
  assertEquals(parts("a title"), [["a title"]]);
  const word = "w".repeat(29);
  assertEquals(parts(`${word} ${word}x`), [[`${word} ${word}x`]], "60 characters fit");
  assertEquals(parts(`${word} ${word}xy z`), [[word, `${word}xy z`]]);
  assertEquals(parts(`${"long".repeat(20)} & b`), [["long".repeat(20), "&amp; b"]]);
  const height = (title: string) => Number(/ height="(\d+)"/.exec(svg(title))![1]);
  assertEquals(height(`${word} ${word} ${word} ${word} ${word}`) - height("a title"), 2 * 16);
});

Deno.test("reportHtml() needs nothing from outside, and runs nothing", () => {
  const html = reportHtml(results());
  assert(!/<script|<link(?! rel="icon" href="data:,")|<iframe|<img|url\(|@import/.test(html));
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
  for (const address of addresses) assertMatch(address, /^(#[\w-]+|data:,)$/);
  assertMatch(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
});

Deno.test("reportHtml() gives the same bytes for the same results", () => {
  assertEquals(reportHtml(results()), reportHtml(results()));
});

Deno.test("reportHtml() leaves out what the results do not hold", () => {
  const one = results();
  const html = reportHtml({
    ...one,
    runs: one.runs.slice(0, 1),
    latency: [],
    bulk: [],
    streaks: [],
    fidelity: null,
  });
  for (const id of ["hit-rate", "call-rate", "latency", "kfree-bulk", "fidelity"]) {
    assert(!html.includes(`id="${id}"`), id);
  }
  assertThrows(() => reportHtml({ ...one, runs: [] }), NothingToReport, "at least one run");
});

Deno.test("reportHtml() leaves out histograms in which nothing was counted", () => {
  const one = results();
  const none = (rows: Results["latency"]) => rows.map((row) => ({ ...row, count: 0 }));
  const html = reportHtml({
    ...one,
    latency: none(one.latency),
    bulk: none(one.bulk),
    streaks: none(one.streaks),
  });
  for (const id of ["latency", "kfree-bulk"]) assert(!html.includes(`id="${id}"`), id);
  assert(!html.includes("NaN"));
});

Deno.test("reportHtml() shows text of files as text", () => {
  const evil = '<img src=x onerror="alert(1)">';
  const one = results({ name: evil, meta: { version: evil, command: [evil], commit: evil, question: evil } });
  const html = reportHtml({ ...one, runs: one.runs.map((r) => ({ ...r, strategy: evil })) });
  assert(!html.includes("<img"));
  assert(html.includes(escape(evil)));
});

Deno.test("lookOf() tells eight series apart, as many as there are strategies, by colour, dash and sign", () => {
  const looks = Array.from({ length: 8 }, (_, i) => lookOf(i));
  for (const part of ["colour", "dash", "symbol", "sign"] as const) {
    assertEquals(new Set(looks.map((look) => look[part])).size, 8, part);
  }
  for (const { colour } of looks) {
    const name = /--s\d/.exec(colour)![0];
    assertEquals(
      REPORT_STYLE.split(`${name}: #`).length - 1,
      3,
      `${name} on paper, in the dark and in print`,
    );
  }
});

Deno.test("estimateOf() is Student's interval", () => {
  assertEquals(estimateOf([5]), { mean: 5, low: 5, high: 5, runs: 1 });
  const { mean, low, high } = estimateOf([1, 2, 3, 4, 5]);
  assertEquals([mean, (high - mean).toFixed(3), (mean - low).toFixed(3)], [3, "1.963", "1.963"]);
});

Deno.test("cellsOf() puts together what differs in seed and number only", () => {
  const cells = cellsOf(results().runs);
  assertEquals(cells.length, 36);
  assert(cells.every((c) => c.rows.length === 3));
  assertEquals(variedAxes(cells), ["strategy", "pcp_high", "pcp_batch", "rate_hz", "pressure"]);
  assertEquals(valuesOf(cells, "pcp_high"), ["8", "62", "378"]);
});

Deno.test("addUp() adds buckets of several runs, lowest first, and loses none", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(50))), (pairs) => {
      const rows = pairs.map(([low, count]) => ({
        strategy: "s",
        run: "0",
        what: "w",
        low,
        high: low,
        count,
      }));
      const sums = addUp(rows);
      assert(sums.every((b) => b.count > 0));
      assertEquals(sums.reduce((a, b) => a + b.count, 0), pairs.reduce((a, [, count]) => a + count, 0));
      assert(sums.every((b, i) => i === 0 || b.low > sums[i - 1]!.low));
    }),
    { seed: 3 },
  );
});

Deno.test("readRows() and readBuckets() say file, line and what they expected", () => {
  assertThrows(
    () => readRows("a,b\n1,2\n", "x.csv", ["c"]),
    ResultFault,
    'x.csv:1: expected a column "c", got a,b',
  );
  assertThrows(() => readRows("a,b\n1,2\n3\n", "x.csv", ["a"]), ResultFault, "x.csv");
  assertThrows(() => readRows("", "x.csv", ["a"]), ResultFault, "x.csv:1");
  const names = { what: "metric", low: "low", high: "high" };
  const bad = "strategy,run,metric,low,high,count\ns,0,m,1,2,\n";
  assertThrows(
    () => readBuckets(bad, "l.csv", names),
    ResultFault,
    'l.csv:2: expected a number as count, got ""',
  );
});

Deno.test("readFidelity() reads a list or an object with one, and refuses others", () => {
  const row = { name: "a", predicted: 1, recorded: 2, low: 1, high: 3, inBand: true };
  assertEquals(readFidelity(JSON.stringify([row]), "f"), [row]);
  const text = { ...row, recorded: "2 to 3" };
  assertEquals(readFidelity(JSON.stringify([text]), "f"), [text]);
  assertEquals(readFidelity(JSON.stringify({ figures: [row] }), "f"), [row]);
  assertThrows(
    () => readFidelity("{}", "f"),
    ImportError,
    "f:1: Cannot read fidelity.json: the file must be a list of figures",
  );
  assertThrows(
    () => readFidelity('[{"name":"a"}]', "f"),
    ImportError,
    'f:1: Cannot read fidelity.json: "0/predicted" must be a number, got nothing',
  );
});

Deno.test("texts of the report read well", () => {
  const times = [0, 999, 1000, 4480, 1e6, 37_700_000, 1e9, 2.5e9];
  assertEquals(times.map(timeText), ["0 ns", "999 ns", "1 µs", "4.48 µs", "1 ms", "37.7 ms", "1 s", "2.5 s"]);
  assertEquals([timeText(null), filledText("0.995"), grouped(999.6)], ["", "99.5 %", "1\u202f000"]);
  assertEquals([percent(0.70311), percent(null), grouped(1234567)], ["70.31 %", "", "1\u202f234\u202f567"]);
  assertEquals(logTicks(3, 90), [5, 10, 20, 50]);
  assertEquals(logTicks(1, 5000), [1, 10, 100, 1000]);
  assertEquals(
    commandOf({ command: ["deno", "task", "fuzz", "--pcp", "8/2", "a b"] }),
    ["deno", "task", "fuzz", "--pcp", "8/2", "'a b'"],
  );
  assertEquals(commandOf({}), ["unknown"]);
});
