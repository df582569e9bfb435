/** `deno task replay` as a user calls it: what it prints, what it writes, and what it says when something is wrong. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pathOf } from "../command/path_of.ts";

const REPLAY = pathOf("./main.ts", import.meta.url);
const FIXTURES = pathOf("../../tests/fixtures/", import.meta.url);
const RECORDING = `${FIXTURES}low_s2_ll_f4000`;

/** Runs the task in a folder of its own. */
async function run(...args: string[]) {
  const out = await Deno.makeTempDir();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      REPLAY,
      ...(args.includes("--out") ? [] : ["--out", out]),
      ...args,
    ],
  }).output();
  const text = new TextDecoder();
  const files = Object.fromEntries(
    [...Deno.readDirSync(out)].map(({ name }) => [name, Deno.readTextFileSync(`${out}/${name}`)]),
  );
  await Deno.remove(out, { recursive: true });
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), files };
}

/** A folder with files, for the time of a test. */
async function withFiles(
  files: Readonly<Record<string, Uint8Array | string>>,
  test: (folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  await test(folder).finally(() => Deno.remove(folder, { recursive: true }));
}

const zoneinfo = Deno.readTextFileSync(`${RECORDING}/zoneinfo.before`);
const zipped = Deno.readFileSync(`${RECORDING}/trace.txt.gz`);

Deno.test("replay of a folder prints a table and writes CSV", async () => {
  const { code, stdout, stderr, files } = await run(RECORDING, "--max-error", "0.002");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /F1 1\.0000/);
  assertMatch(stdout, /lockless attempts: 2893 of 2893 right/);
  assertEquals(Object.keys(files).sort(), ["meta.json", "replay.csv"]);
  const rows = files["replay.csv"]!.trim().split("\n");
  assertEquals(rows[0]!.split(",").slice(0, 6), [
    "recording",
    "cpu",
    "node",
    "zone",
    "refills_predicted",
    "refills_recorded",
  ]);
  assertEquals(rows.length, 5);
});

Deno.test("replay --json prints one object", async () => {
  const { code, stdout } = await run(RECORDING, "--json", "--identity");
  const result = JSON.parse(stdout);
  assertEquals(code, 0);
  assertEquals([result.recording, result.events > 33_000, result.refillF1], ["low_s2_ll_f4000", true, 1]);
  assertEquals(Object.keys(result.perZone[0]), [
    "cpu",
    "nid",
    "zone",
    "refills",
    "refillPages",
    "drains",
    "drainPages",
  ]);
  assertEquals(Object.keys(result), [
    "recording",
    "events",
    "perZone",
    "refillF1",
    "lockless",
    "counts",
    "identity",
    "eventsPerSecond",
    "details",
  ]);
  assertEquals(Object.keys(result.perZone[0].refills), ["predicted", "recorded"]);
  assertEquals(Object.keys(result.identity), ["determined", "equal"]);
  assertEquals(result.lockless, { attempts: 2893, agree: 2893 });
  assertEquals([result.counts.compared, result.counts.equal], [1972, 1972]);
  assertEquals(result.identity.determined, result.identity.equal);
  assert(result.eventsPerSecond > 0);
});

Deno.test("replay of a trace file takes the files that are named, and needs zoneinfo", async () => {
  await withFiles({ "trace.gz": zipped, "zones": zoneinfo }, async (folder) => {
    assertEquals((await run(`${folder}/trace.gz`, "--zoneinfo", `${folder}/zones`, "--quiet")).code, 0);
    const { code, stderr } = await run(`${folder}/trace.gz`);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "expected --zoneinfo FILE");
  });
});

Deno.test("replay says the same of a folder, of its files one by one, and of zoneinfo alone", async () => {
  const of = async (...args: string[]) => {
    const { events, perZone, refillF1, lockless, counts } = JSON.parse((await run(...args, "--json")).stdout);
    return { events, perZone, refillF1, lockless, counts };
  };
  const folder = await of(RECORDING);
  const named = ["zoneinfo", "buddyinfo", "pagetypeinfo", "pcplists"].flatMap((file) => {
    const path = `${RECORDING}/${file}.before`;
    try {
      Deno.statSync(path);
      return [`--${file}`, path];
    } catch {
      return [];
    }
  });
  assert(named.length >= 4, named.join(" "));
  await withFiles({ "trace.gz": zipped }, async (elsewhere) => {
    assertEquals(await of(`${elsewhere}/trace.gz`, ...named), folder);
    assertEquals(await of(`${elsewhere}/trace.gz`, "--zoneinfo", `${RECORDING}/zoneinfo.before`), folder);
  });
});

Deno.test("replay of several recordings, or of a folder of them, prints one line each and an array", async () => {
  const { code, stdout, files } = await run(FIXTURES, "--identity");
  assertEquals(code, 0);
  assertMatch(stdout, /low_s2_ll_f0 .*\n *low_s2_ll_f4000 /);
  assertMatch(stdout, /of 6 recordings: refills and drains within 0\.2% in 6, refill F1 at least 0\.99 in 6/);
  assertEquals(new Set(files["replay.csv"]!.trim().split("\n").map((line) => line.split(",")[0])).size, 7);
  const two = JSON.parse((await run(RECORDING, `${FIXTURES}low_s2_ll_f0`, "--json")).stdout);
  assertEquals(two.map(({ recording }: { recording: string }) => recording), [
    "low_s2_ll_f4000",
    "low_s2_ll_f0",
  ]);
});

Deno.test("replay --cross-check holds each what-if answer against the machine that it is about", async () => {
  const { code, stdout, files } = await run(RECORDING, `${FIXTURES}low_s2_ll_f0`, "--cross-check", "--json");
  assertEquals(code, 0);
  const rows = JSON.parse(stdout);
  assertEquals(rows.map((row: Record<string, string>) => [row.from, row.to_size, row.refills_recorded]), [
    ["low_s2_ll_f4000", "0/1 378/63", 30],
    ["low_s2_ll_f0", "0/1 62/15", 354],
  ]);
  assertEquals(rows[1].refills_imagined, 326);
  assertEquals(files["cross_check.csv"]!.trim().split("\n").length, 3);
});

/** A block of several pages is freed: lists of 5.9 have no part in it. */
const FREED_BLOCK =
  "             cat-50      [000] ....     4.123367: mm_page_free: page=ffffea000017f800 pfn=24544 order=3\n";

Deno.test("replay --cross-check has nothing to say of recordings in which nothing was allocated", async () => {
  const folder = Deno.makeTempDirSync();
  const empty = ["a", "b"].map((name, i) => {
    Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeTextFileSync(`${folder}/${name}/trace.txt`, FREED_BLOCK);
    const sized = zoneinfo.replaceAll(/high: +62$/gm, `high:  ${62 + i}`);
    Deno.writeTextFileSync(`${folder}/${name}/zoneinfo.before`, sized);
    return `${folder}/${name}`;
  });
  const { code, stderr, files } = await run(...empty, "--cross-check", "--quiet");
  Deno.removeSync(folder, { recursive: true });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(files["cross_check.csv"]!.split("\n")[1], "a,0/1 62/15,b,0/1 63/15,0,0,,0,0,,,");
});

Deno.test("replay imagines another machine when it is asked to", async () => {
  const { code, stdout, files } = await run(RECORDING, "--pcp", "378/63");
  assertEquals(code, 0);
  assertMatch(stdout, /What this machine would have done/);
  assert("what_if.csv" in files);
  for (const args of [["--profile", "v6_1"], ["--strategy", "nowait"], ["--fraction", "8"]]) {
    const { whatIf } = JSON.parse((await run(RECORDING, "--json", ...args)).stdout);
    assert(whatIf.zoneLockNs.recorded > 0 && whatIf.zoneLockNs.imagined >= 0, args.join(" "));
  }
});

Deno.test("replay leaves no table of an earlier call beside its own, and passes over broken links", async () => {
  await withFiles({}, async (folder) => {
    Deno.symlinkSync(RECORDING, `${folder}/recording`);
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/a link`);
    const out = `${folder}/out`;
    const files = () => [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    assertEquals((await run(folder, "--pcp", "378/63", "--quiet", "--out", out)).code, 0);
    assertEquals(files(), ["meta.json", "replay.csv", "what_if.csv"]);
    assertEquals((await run(folder, "--quiet", "--out", out)).code, 0);
    assertEquals(files(), ["meta.json", "replay.csv"]);
  });
});

Deno.test("replay exits with 1 when more than --max-error is off", async () => {
  const text = await new Response(new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip")))
    .text();
  const lines = text.split("\n");
  const hole = [...lines.slice(0, 8000), ...lines.slice(12000)].join("\n");
  await withFiles({ "trace.txt": hole, "zoneinfo.before": zoneinfo }, async (folder) => {
    const { code, stderr } = await run(folder, "--max-error", "0.002");
    assertEquals(code, 1);
    assertMatch(stderr, /Warning: \d+ events contradict earlier ones \(line \d+: page \d+ is/);
    assertMatch(stderr, /more than --max-error allows/);
  });
});

Deno.test("replay refuses wrong calls with 2 and says what was expected", async () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], "expected a TRACE, got none"],
    [[RECORDING, RECORDING, "--zoneinfo", "z"], "expected zoneinfo.before beside each trace"],
    [[RECORDING, "--cross-check"], "expected two recordings or more, got 1"],
    [[RECORDING, `${FIXTURES}numa_s4_ll_f0`, "--cross-check"], "expected machines that differ in the sizes"],
    [[RECORDING, "--cross-check", "--pcp", "8/2"], "expected no --pcp"],
    [[RECORDING, "--identiy"], "did you mean --identity?"],
    [[RECORDING, "--pcp", "3"], "expected HIGH/BATCH"],
    [[RECORDING, "--fraction", "3"], "expected 0 or a whole number from 8 to"],
    [[RECORDING, "--fraction", "8", "--pcp", "8/2"], "give one of them"],
    [[RECORDING, "--profile", "v4"], "expected one of"],
    [[RECORDING, "--max-error", "x"], "expected a number"],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await run(...args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(stderr, message);
  }
});

Deno.test("replay refuses bad files with 3 and names file and line", async () => {
  const binary = Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 251);
  const other = zoneinfo.replace(/start_pfn: +4096/, "start_pfn:           200000");
  const files = {
    "cut.gz": zipped.subarray(0, 100_000),
    "binary": binary,
    "empty": "",
    "prose": "no trace\n",
    "zones": zoneinfo,
    "other": other,
    "trace.gz": zipped,
    "rcu": "  task-7     [000] d...  1.000001: rcu_grace_period: rcu_sched 1 start\n".repeat(3),
  };
  await withFiles(files, async (folder) => {
    const bad: readonly (readonly [string, string, RegExp])[] = [
      ["cut.gz", "zones", /cut\.gz:\d+: .*ends too early/],
      ["binary", "zones", /binary:1: Cannot read trace/],
      ["empty", "zones", /an empty file/],
      ["prose", "zones", /prose:1: .*a trace with kmem events/],
      ["rcu", "zones", /rcu:3: .*a trace with kmem events, got none in 3 lines/],
      ["nothing", "zones", /Cannot read .*nothing/],
      ["trace.gz", "other", /trace\.gz:\d+: .*inside a zone of zoneinfo .* is it of another machine\?/],
      ["trace.gz", "prose", /prose:1: Cannot read zoneinfo/],
    ];
    for (const [trace, zones, message] of bad) {
      const { code, stdout, stderr } = await run(`${folder}/${trace}`, "--zoneinfo", `${folder}/${zones}`);
      assertEquals([code, stdout], [3, ""], trace);
      assertMatch(stderr, message);
    }
    const buddy = `${FIXTURES}numa_s4_ll_f0/buddyinfo.before`;
    const { code, stderr } = await run(RECORDING, "--buddyinfo", buddy);
    assertEquals(code, 3);
    assertMatch(stderr, /buddyinfo\.before:1: .*about the zones of zoneinfo, got node 1/);
  });
});

Deno.test("replay --help names every option", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  for (
    const option of ["--zoneinfo", "--identity", "--pcp", "--strategy", "--json", "--max-error", "Exit code"]
  ) {
    assertStringIncludes(stdout, option);
  }
});

Deno.test("replay names the zoneinfo of a machine that the model does not have, and writes nothing", async () => {
  const other = zoneinfo.replace(/zone +DMA32/, "zone  HighMem");
  await withFiles({ "trace.txt.gz": zipped, "zoneinfo.before": other }, async (folder) => {
    const { code, stderr, files } = await run(folder);
    assertEquals([code, files], [3, {}]);
    assertStringIncludes(stderr, `${folder}/zoneinfo.before: Cannot build a machine: expected zones DMA,`);
  });
});

Deno.test("replay does not call what was lost a contradiction", async () => {
  const line = (time: string) =>
    `            bash-7       [000] d...  1.${time}: mm_page_free: page=00000000a1b2c3d4 pfn=5000 order=0\n`;
  const trace = `${line("000001")}CPU:1 [LOST 3 EVENTS]\n${line("000002")}`;
  await withFiles({ "trace.txt": trace, "zoneinfo.before": zoneinfo }, async (folder) => {
    const { code, stderr } = await run(folder);
    assertEquals([code, stderr.includes("contradict")], [0, false]);
    assertStringIncludes(
      stderr,
      "Warning: 1 CPUs lost events, 3 at least: predictions are off from there on\n",
    );
  });
});

Deno.test("replay --fraction says how large the lists would be, and what the trace does not tell", async () => {
  const line = "            bash-7       [000] d...  1.000001: mm_page_free: page=1 pfn=5000 order=0\n";
  await withFiles({ "trace.txt": line, "zoneinfo.before": zoneinfo }, async (folder) => {
    const { stdout } = await run(folder, "--fraction", "8");
    assertMatch(stdout, /\n +0 +0 +DMA32 +31342\/96 +0 /);
    assertStringIncludes(stdout, "pages for blocks: nothing tells when one was needed");
  });
});

Deno.test("replay warns of events that were not recorded, since their numbers are not 0", async () => {
  const line = (at: number) =>
    `            bash-7       [000] d...  1.${100000 + at}: mm_page_alloc: page=1 pfn=${5000 + at} order=0 ` +
    `migratetype=1 gfp_flags=GFP_KERNEL\n`;
  const trace = Array.from({ length: 500 }, (_, at) => line(at)).join("");
  await withFiles({ "trace.txt": trace, "zoneinfo.before": zoneinfo }, async (folder) => {
    const { code, stderr } = await run(folder);
    assertEquals(code, 0);
    assertEquals(
      stderr,
      "Warning: there are no mm_page_free events, so nothing comes back to the lists\n" +
        "Warning: there are no mm_page_alloc_zone_locked events, so recorded refills are not known, and 0 in " +
        "the tables\n",
    );
  });
});

Deno.test("replay sums its tables up, and leaves lists without traffic out where there are hundreds", async () => {
  const [dma, ...rest] = zoneinfo.split(/(?=^ {2}pagesets$)/m);
  const cpus = Array.from(
    { length: 64 },
    (_, cpu) => `    cpu: ${cpu}\n              count: 0\n              high:  62\n              batch: 15\n`,
  ).join("");
  const many = dma +
    rest.map((part) => part.replace(/pagesets\n[^]*?(?= {2}node_unreclaimable)/, `pagesets\n${cpus}`))
      .join("");
  const line = (cpu: number) =>
    `            bash-7       [0${cpu}] d...  1.0000${cpu}: mm_page_alloc: page=1 pfn=${
      5000 + cpu
    } order=0 ` +
    "migratetype=1 gfp_flags=GFP_KERNEL\n";
  await withFiles({ "trace.txt": line(17) + line(63), "zoneinfo.before": many }, async (folder) => {
    const { stdout } = await run(folder, "--pcp", "31/7");
    const names = stdout.split("\n").map((text) => text.trim().split(/ +/).slice(0, 3).join(" "));
    const [recorded, imagined] = [names.slice(0, 5), names.slice(names.indexOf("cpu node zone", 1))];
    assertEquals(recorded, ["cpu node zone", "17 0 DMA32", "63 0 DMA32", "all 2 0", "126 lists that"]);
    assertEquals(imagined.slice(1, 4), ["17 0 DMA32", "63 0 DMA32", "all 2 0"]);
  });
});
