/** `deno task explore` as a user calls it. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Checker } from "../../mod.ts";
import { EVENT } from "../../src/sim/events.ts";
import { TASK } from "../../src/sim/task.ts";
import { pathOf } from "../command/path_of.ts";
import { exploreModel } from "./model.ts";
import { readModelArguments } from "./model_arguments.ts";

const EXPLORE = pathOf("./main.ts", import.meta.url);

/** Runs the task. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-write", EXPLORE, ...args],
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("explore --json prints the counts, exit code 0 without a violation", async () => {
  const { code, stdout, stderr } = await run("--operations", "3", "--reduction", "none", "--json");
  const { states, transitions, endStates, violations, complete } = JSON.parse(stdout);
  assertEquals([code, stderr], [0, ""]);
  assertEquals([states, transitions, endStates, violations, complete], [6826, 14142, 40, 0, true]);
});

Deno.test("explore --shrink tells the smallest case, exit code 1", async () => {
  const { code, stdout } = await run("--bug", "refill-early", "--operations", "6", "--shrink");
  assertEquals(code, 1);
  assertMatch(stdout, /Smallest: 2 CPUs/);
  assertMatch(stdout, /No failing case with fewer: \d+ smaller cases explored whole/);
  assertMatch(stdout, /every continuation fails/);
});

Deno.test("explore --audit holds the reductions together", async () => {
  const { code, stdout } = await run("--audit", "--operations", "3");
  assertEquals([code, stdout.match(/ agrees:/g)!.length], [0, 5]);
});

Deno.test("explore says what is wrong with a call, exit code 2", async () => {
  const wrong: [string[], RegExp][] = [
    [["--cpu", "2"], /did you mean --cpus\?/],
    [["--cpus", "7"], /--cpus: expected a whole number from 1 to 6, got "7"/],
    [["--preemptions", "1", "--reduction", "own"], /--preemptions goes with --reduction none only/],
    [["--audit", "--shrink"], /--audit runs every reduction whole/],
    [
      ["--workers", "2", "--limit", "9"],
      /--workers explores everything at once; expected no --limit with it/,
    ],
    [["--frontier", "x", "--shrink"], /--frontier keeps one search; expected no --shrink with it/],
    [
      ["--walks", "9", "--reduction", "own"],
      /--walks looks at all states, and goes with --reduction none only/,
    ],
    [["--states", "5000"], /--states goes with --workers/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await run(...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});

Deno.test("explore estimates before it starts, and tells what share of the states random walks see", async () => {
  const { code, stdout } = await run("--operations", "3", "--walks", "2000");
  assertEquals(code, 0);
  const [estimate, counts, share] = stdout.trim().split("\n");
  assertMatch(
    estimate!,
    /^About \d\.\de\+\d+ interleavings and at least \d+ states without reduction, by 200 random walks$/,
  );
  assertMatch(counts!, /^6826 states kept/);
  const seen = Number(/^2000 random walks see (\d+) of 6826 states: \d+\.\d %$/.exec(share!)![1]);
  assertEquals(seen > 2000 && seen <= 6826, true);
});

Deno.test("explore --workers counts what one worker counts, and tells the same failure", async () => {
  const json = async (...args: string[]) => {
    const { code, stdout } = await run("--json", ...args);
    const { states, transitions, endStates, violations, failure, unreached } = JSON.parse(stdout);
    return { code, states, transitions, endStates, violations, failure, unreached };
  };
  for (
    const args of [["--cpus", "3", "--operations", "3", "--reduction", "none"], ["--bug", "refill-early"]]
  ) {
    assertEquals(await json(...args, "--workers", "3"), await json(...args), args.join(" "));
  }
  const { code, stderr } = await run(
    "--cpus",
    "2",
    "--operations",
    "5",
    "--reduction",
    "none",
    "--workers",
    "2",
    "--states",
    "1000",
  );
  assertEquals(code, 2);
  assertMatch(stderr, /Cannot keep more states: expected at most \d+, the size of the table/);
});

Deno.test("explore --frontier goes on where it was left, and refuses another search's file", async () => {
  const file = Deno.makeTempFileSync();
  Deno.removeSync(file);
  try {
    const args = ["--cpus", "3", "--operations", "3", "--json"];
    const left = JSON.parse((await run(...args, "--frontier", file, "--limit", "9000")).stdout);
    assertEquals(left.complete, false);
    const { states, transitions, endStates, complete } = JSON.parse(
      (await run(...args, "--frontier", file)).stdout,
    );
    const whole = JSON.parse((await run(...args)).stdout);
    assertEquals([states, transitions, endStates, complete], [
      whole.states,
      whole.transitions,
      whole.endStates,
      true,
    ]);
    const other = await run("--frontier", file);
    assertEquals([other.code, other.stdout.includes("states kept")], [3, false]);
    assertMatch(other.stderr, /Cannot go on with a search: expected that of /);
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("explore --model runs every schedule of the whole model with few deviations", async () => {
  const small = ["--model", "--cpus", "1", "--mem", "16M", "--calls", "2", "--runs", "1"];
  const { code, stdout, stderr } = await run(...small, "--strategy", "lockless,none");
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  assertEquals(lines.length, 2);
  for (const line of lines) {
    assertMatch(
      line,
      /^(lockless|none), run 0: all \d{2,4} schedules with at most 1 deviation, no violation$/,
    );
  }
  const json = JSON.parse((await run(...small, "--deviations", "0", "--json")).stdout);
  assertEquals(json, [{
    deviations: null,
    noneUpTo: 0,
    schedules: 1,
    unfinished: 0,
    strategy: "lockless",
    run: 0,
    violation: null,
  }]);
  const cut = await run(...small, "--deviations", "3", "--limit", "20000");
  assertMatch(
    cut.stdout,
    /schedules with at most \d deviations? and \d+ with \d deviations?, no violation; the limit ended it/,
  );
  const wrong = await run("--model", "--pages", "3");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /--pages/);
  const smaller = ["--model", "--cpus", "1", "--calls", "2", "--runs", "1", "--deviations", "0", "--json"];
  const bare = await run(...smaller); // --mem 16M is what holds without it
  assertEquals([bare.code, bare.stderr, JSON.parse(bare.stdout)], [0, "", json]);
});

/** What explore --model prints, in this process. */
function modelSays(argv: readonly string[], checkers: readonly Checker[]): { code: number; text: string } {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    return { code: exploreModel(readModelArguments(argv), checkers), text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

Deno.test("explore --model takes a run in which nothing can go on for a violation", () => {
  /** Stops the machine, as a lost wake-up would. */
  const stop: Checker = {
    name: "stop",
    claim: "nothing",
    attach: (m) => ({
      listener: { kinds: [EVENT.kvfreeQueued], onEvent: () => void m.task.state.fill(TASK.finished) },
    }),
  };
  const argv = ["--model", "--mem", "16M", "--cpus", "1", "--calls", "6", "--runs", "1", "--deviations", "0"];
  const { code, text } = modelSays(argv, [stop]);
  assertEquals(code, 1);
  assertMatch(text, /VIOLATED progress: nothing can run any more/);
});

Deno.test("explore --model tells a violation as a story, with the fewest deviations, and how to see it again", () => {
  /** A claim that is false, so that something is found. */
  const silly: Checker = {
    name: "silly",
    claim: "no grace period begins between an allocation and a kvfree_rcu()",
    attach(_m, report) {
      let inside = false;
      return {
        listener: {
          kinds: [EVENT.mm_page_alloc, EVENT.kvfreeQueued, EVENT.gpStart],
          onEvent(kind, t) {
            if (kind === EVENT.mm_page_alloc) inside = true;
            if (kind === EVENT.kvfreeQueued) inside = false;
            if (kind === EVENT.gpStart && inside) {
              report(`a grace period begins in task ${t} while a page is new`);
            }
          },
        },
      };
    },
  };
  const argv = [
    "--model",
    "--mem",
    "16M",
    "--cpus",
    "1",
    "--calls",
    "12",
    "--runs",
    "4",
    "--deviations",
    "1",
  ];
  const { code, text } = modelSays(argv, [silly]);
  assertEquals(code, 1);
  assertMatch(
    text,
    /lockless, run \d: VIOLATED silly: a grace period begins in task \d+ while a page is new, /,
  );
  assertMatch(text, /, with \d deviations? and not with fewer/);
  assertMatch(text, /thread 0 on CPU 0: /);
  assertMatch(text, /grace period -?\d+ begins/);
  assertMatch(text, /again: deno task fuzz --replay 'pcplab2 /);
});
