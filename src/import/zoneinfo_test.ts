import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ImportError } from "./import_error.ts";
import { parseZoneinfo } from "./zoneinfo.ts";

/** A machine with one node of two zone types, the second of them unpopulated; lines can be replaced. */
function zoneinfo(replace: Readonly<Record<string, string>> = {}): string {
  const lines = [
    "Node 0, zone    DMA32",
    "  per-node stats",
    "      nr_inactive_anon 94",
    "      nr_mapped    416",
    "  pages free     233615",
    "        min      991",
    "        low      1240",
    "        high     1489",
    "        spanned  258006",
    "        present  258006",
    "        managed  250739",
    "        protection: (0, 979)",
    "      nr_free_pages 233615",
    "      numa_hit     12915",
    "  pagesets",
    "    cpu: 0",
    "              count: 332",
    "              high:  378",
    "              batch: 63",
    "  vm stats threshold: 16",
    "    cpu: 2",
    "              count: 328",
    "              high:  378",
    "              batch: 63",
    "  vm stats threshold: 16",
    "  node_unreclaimable:  0",
    "  start_pfn:           4096",
    "Node 0, zone   Normal",
    "  pages free     0",
    "        min      0",
    "        low      0",
    "        high     0",
    "        spanned  0",
    "        present  0",
    "        managed  0",
    "        protection: (0, 0)",
  ];
  for (const from of Object.keys(replace)) {
    const at = lines.findIndex((line) => line.trim() === from);
    if (at < 0) throw new Error(`no line ${from}`);
    lines.splice(at, 1, ...replace[from] === "" ? [] : replace[from]!.split("\n"));
  }
  return lines.join("\n") + "\n";
}

function message(text: string): string {
  return assertThrows(() => parseZoneinfo(text, "z"), ImportError).message;
}

Deno.test("parseZoneinfo() reads the zones of 5.x", () => {
  const { nodes, onlineCpus } = parseZoneinfo(zoneinfo());
  assertEquals(onlineCpus, [0, 2]);
  assertEquals(nodes.length, 1);
  assertEquals(nodes[0]!.stats, { nr_inactive_anon: 94, nr_mapped: 416 });
  assertEquals(nodes[0]!.zones[0], {
    name: "DMA32",
    nid: 0,
    index: 0,
    free: 233615,
    min: 991,
    low: 1240,
    high: 1489,
    spanned: 258006,
    present: 258006,
    managed: 250739,
    protection: [0, 979],
    startPfn: 4096,
    counters: { nr_free_pages: 233615, numa_hit: 12915 },
    pagesets: [
      { cpu: 0, count: 332, high: 378, batch: 63, statThreshold: 16 },
      { cpu: 2, count: 328, high: 378, batch: 63, statThreshold: 16 },
    ],
  });
  const unpopulated = nodes[0]!.zones[1]!;
  assertEquals([unpopulated.index, unpopulated.present, unpopulated.startPfn], [1, 0, 0]);
  assertEquals(unpopulated.pagesets, []);
});

Deno.test("parseZoneinfo() reads what later versions add", () => {
  const text = zoneinfo({
    "min      991": "        boost    1024\n        min   991",
    "high     1489": "        high     1489\n        promo    1738",
    "managed  250739": "        managed  250739\n        cma      4096",
    "batch: 63": "              batch:    63\n              high_min: 378\n              high_max: 31342",
  });
  const zone = parseZoneinfo(text).nodes[0]!.zones[0]!;
  assertEquals([zone.boost, zone.promo, zone.cma], [1024, 1738, 4096]);
  assertEquals([zone.pagesets[0]!.highMin, zone.pagesets[0]!.highMax], [378, 31342]);
  assertEquals(zone.pagesets[1]!.highMin, undefined);
});

Deno.test("parseZoneinfo() passes over labels it does not know, and any spacing", () => {
  const text = zoneinfo({
    "managed  250739": "managed\t250739\n        sunspots many of them",
    "batch: 63": "   batch:63\n   mood: good",
    "pagesets": "      nr_new_counter   7\n  pagesets",
    "node_unreclaimable:  0": "  node_reclaim: yes",
  });
  const zone = parseZoneinfo(text).nodes[0]!.zones[0]!;
  assertEquals(zone.managed, 250739);
  assertEquals(zone.pagesets[0]!.batch, 63);
  assertEquals(zone.counters.nr_new_counter, 7);
});

Deno.test("parseZoneinfo() refuses numbers that are none, with file, line and field", () => {
  assertEquals(
    message(zoneinfo({ "managed  250739": "        managed  abc" })),
    'z:11: Cannot read zoneinfo: "managed" must be a whole number, got "abc"',
  );
  for (const bad of ["-1", "NaN", "1.5", "0x10", "99999999999999999999"]) {
    assertStringIncludes(message(zoneinfo({ "min      991": `  min ${bad}` })), "z:6:", bad);
    assertStringIncludes(message(zoneinfo({ "numa_hit     12915": `  numa_hit ${bad}` })), "z:14:", bad);
    assertStringIncludes(message(zoneinfo({ "high:  378": `  high: ${bad}` })), "z:18:", bad);
  }
});

Deno.test("parseZoneinfo() refuses zones that cannot be", () => {
  assertEquals(
    message(zoneinfo({ "present  258006": "  present 258007" })),
    'z:27: Cannot read zoneinfo: "present" must be at most spanned (258006), got 258007',
  );
  assertStringIncludes(message(zoneinfo({ "managed  250739": "  managed 258007" })), '"managed"');
  assertStringIncludes(message(zoneinfo({ "protection: (0, 979)": "" })), '"protection"');
  assertStringIncludes(message(zoneinfo({ "protection: (0, 979)": "  protection: 0" })), "parentheses");
});

Deno.test("parseZoneinfo() refuses what is there twice", () => {
  for (
    const line of [
      "min      991",
      "numa_hit     12915",
      "nr_mapped    416",
      "count: 332",
      "start_pfn:           4096",
    ]
  ) {
    assertStringIncludes(message(zoneinfo({ [line]: `${line}\n${line}` })), "printed once", line);
  }
  assertStringIncludes(message(zoneinfo({ "cpu: 2": "    cpu: 0" })), '"cpu 0" must be printed once');
  assertStringIncludes(message(zoneinfo({ "Node 0, zone   Normal": "Node 0, zone DMA32" })), "once");
  assertStringIncludes(message(zoneinfo() + zoneinfo().replaceAll("Node 0", "Node 1") + zoneinfo()), "piece");
});

Deno.test("parseZoneinfo() refuses a file that was cut anywhere", () => {
  const text = zoneinfo();
  for (let length = 0; length < text.length; length++) {
    assertThrows(() => parseZoneinfo(text.slice(0, length)), ImportError, "Cannot read zoneinfo");
  }
});

Deno.test("parseZoneinfo() refuses zones whose CPUs differ", () => {
  const other = zoneinfo({ "cpu: 2": "    cpu: 3" }).replaceAll("Node 0", "Node 1");
  assertStringIncludes(message(zoneinfo() + other), "of CPUs 0,2");
});

Deno.test("parseZoneinfo() refuses other files", () => {
  const unpopulated = zoneinfo().slice(zoneinfo().indexOf("Node 0, zone   Normal")).replace("(0, 0)", "(0)");
  assertStringIncludes(message(unpopulated), "at least one populated zone");
  for (
    const text of [
      "",
      "\n\n",
      "nr_free_pages 1\n",
      "\x00\x01\x02\n",
      "\ufffd\ufffd\n",
      "Node 0, zone DMA 1 2 3\n",
    ]
  ) {
    assertThrows(() => parseZoneinfo(text), ImportError);
  }
  assertEquals(
    message(""),
    "z:1: Cannot read zoneinfo: the file must be a /proc/zoneinfo text, got an empty file",
  );
});

Deno.test("parseZoneinfo() throws nothing but ImportError, whatever line is broken and how", () => {
  const lines = zoneinfo().split("\n");
  const line = fc.oneof(fc.string(), fc.constantFrom(...lines), fc.constant("    cpu: 8191"));
  fc.assert(
    fc.property(fc.nat(lines.length), fc.array(line, { maxLength: 3 }), (at, instead) => {
      const text = [...lines.slice(0, at), ...instead, ...lines.slice(at + 1)].join("\n");
      try {
        parseZoneinfo(text);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("parseZoneinfo() looks at a long line once, whatever it is made of", () => {
  const startedMs = performance.now();
  for (const unit of [" ", "a ", ":", " :", "a\t", "9"]) {
    const line = `a${unit.repeat(200_000)}a`;
    assertThrows(() => parseZoneinfo(`Node 0, zone DMA\n${line}\n`), ImportError);
    assertThrows(() => parseZoneinfo(`Node 0, zone ${line}\n`), ImportError);
  }
  assert(performance.now() - startedMs < 5000);
});
