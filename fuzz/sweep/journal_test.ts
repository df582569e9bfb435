/** The journal of a sweep: whatever is left of it, what was whole is kept, and nothing else is read as a run. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type CellRun, HEADLINES } from "../../src/sweep/cell_run.ts";
import { UnreadableFile } from "../command/exit.ts";
import { checkSum, Journal, readJournal } from "./journal.ts";

/** What a journal is of; a seed may be of any language. */
const SWEEP = {
  version: "1",
  model: "m",
  name: "n",
  axes: { hz: ["100", "250"] },
  options: { seed: "Größe" },
  rule: { runsMax: 3, ci: 0 },
};

const runOf = (cell: number, run: number, rows = 1): CellRun => ({
  ...{ cell, run, runs: `${run},ö\n`, latency: "x,1\n".repeat(rows), bulk: "", streaks: "", violation: null },
  headlines: HEADLINES.map((_, i) => i === 0 ? null : i / 8),
});

function withJournal(action: (folder: string, path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    action(folder, `${folder}/journal.jsonl`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Writes a journal with these runs. */
function written(folder: string, runs: readonly CellRun[], sweep: object = SWEEP): Journal {
  const journal = new Journal(folder, sweep);
  for (const run of runs) journal.add(run);
  journal.close();
  return journal;
}

Deno.test("checkSum() is FNV-1a in eight digits: journals of other machines and days are read", () => {
  assertEquals(["", "a", "foobar", "k4788"].map(checkSum), ["811c9dc5", "e40c292c", "bf9cf968", "0005d0bf"]);
});

Deno.test("Journal holds what was added, in its order, however often it is left", () => {
  withJournal((folder) => {
    // lines of which some go over the pieces in which a file is read
    const runs = Array.from({ length: 40 }, (_, i) => runOf(i % 4, i, i === 20 ? 40_000 : 1000 + i));
    // of two letters at a place, one is cut by the end of a piece
    runs.push(...["", "x"].map((odd, i) => ({ ...runOf(9, i), streaks: odd + "ö".repeat(70_000) })));
    for (let i = 0; i < runs.length; i += 10) {
      const { finished } = written(folder, runs.slice(i, i + 10));
      assertEquals(finished, runs.slice(0, i));
    }
    assertEquals(readJournal(folder), { sweep: SWEEP, runs } as unknown as ReturnType<typeof readJournal>);
  });
});

Deno.test("Journal that is cut anywhere keeps its whole lines, and is as before when the rest is added", () => {
  withJournal((folder, path) => {
    const runs = [runOf(0, 0), runOf(0, 1, 300), runOf(1, 0)];
    written(folder, runs);
    const bytes = Deno.readFileSync(path);
    const ends = [...bytes].flatMap((byte, i) => byte === 10 ? [i + 1] : []);
    const cuts = fc.oneof(fc.nat(bytes.length), fc.constantFrom(...ends, ...ends.map((end) => end - 1)));
    fc.assert(
      fc.property(cuts, fc.constantFrom("", "\0\0", "öl"), (cut, rubbish) => {
        Deno.writeFileSync(path, bytes.subarray(0, cut));
        Deno.writeTextFileSync(path, rubbish, { append: true });
        const whole = Math.max(0, ends.filter((end) => end <= cut).length - 1);
        const { finished } = written(folder, runs.slice(whole));
        assertEquals(finished, runs.slice(0, whole));
        assertEquals(Deno.readFileSync(path), bytes);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

Deno.test("Journal cuts off what follows a damaged line, but leaves a file alone that begins with one", () => {
  withJournal((folder, path) => {
    const runs = [runOf(0, 0), runOf(0, 1), runOf(0, 2)];
    written(folder, runs);
    const lines = Deno.readTextFileSync(path).split("\n");
    const damaged = (i: number) => lines.with(i, lines[i]!.replace(/.$/, "]")).join("\n");
    Deno.writeTextFileSync(path, damaged(2));
    assertEquals(written(folder, []).finished, runs.slice(0, 1));
    assertEquals(Deno.readTextFileSync(path), lines.slice(0, 2).join("\n") + "\n");
    for (const text of [damaged(0), "something else\n", "\n"]) {
      Deno.writeTextFileSync(path, text);
      for (const open of [() => new Journal(folder, SWEEP), () => readJournal(folder)]) {
        assertThrows(open, UnreadableFile, ":1: expected the journal of a sweep, got");
      }
      assertEquals(Deno.readTextFileSync(path), text);
    }
  });
});

Deno.test("Journal refuses that of another sweep, and says whether it is the model that differs", () => {
  withJournal((folder, path) => {
    written(folder, [runOf(0, 0)]);
    const before = Deno.readTextFileSync(path);
    const others = [
      { ...SWEEP, model: "other" },
      { ...SWEEP, version: "2" },
      { ...SWEEP, model: "other", rule: { runsMax: 4, ci: 0 } },
      { ...SWEEP, options: {} },
    ];
    const message = "got that of the same sweep by another state of the model: give --out another folder";
    others.forEach((other, i) => {
      const expected = i < 2 ? message : "got that of another: give --out another folder";
      assertThrows(() => new Journal(folder, other), UnreadableFile, expected);
      assertEquals(Deno.readTextFileSync(path), before);
    });
  });
});

Deno.test("readJournal() says what it expected, of a first line and of a run", () => {
  /** A journal of lines whose check sums are right. */
  const reading = (...lines: readonly unknown[]) => () =>
    withJournal((folder, path) => {
      const texts = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line));
      Deno.writeTextFileSync(path, texts.map((text) => `${checkSum(text)} ${text}\n`).join(""));
      readJournal(folder);
    });
  const run = runOf(0, 0);
  reading(SWEEP, run, { ...run, violation: "progress: none" })();
  assertThrows(reading(), UnreadableFile, "expected the journal of a sweep, got no whole line");
  const sweeps: readonly (readonly [change: object, message: string])[] = [
    [{ version: 1 }, ':1: expected a text as version, got "1"'],
    [{ model: undefined }, ":1: expected a text as model, got nothing"],
    [{ name: null }, ':1: expected a text as name, got "null"'],
    [{ axes: 3 }, ":1: expected an object as axes"],
    [{ axes: { hz: [] } }, ':1: expected a list of texts as values of "hz"'],
    [{ axes: { hz: ["1", 2] } }, ':1: expected a list of texts as values of "hz"'],
    [{ axes: { hz: "1" } }, ':1: expected a list of texts as values of "hz"'],
    [{ options: 3 }, ":1: expected an object as options"],
    [{ rule: 3 }, ":1: expected a rule with runsMax and ci"],
    [{ rule: { runsMax: 1.5, ci: 0 } }, ":1: expected a rule with runsMax and ci"],
    [{ rule: { runsMax: 1, ci: "0" } }, ":1: expected a rule with runsMax and ci"],
  ];
  for (const [change, message] of sweeps) {
    assertThrows(reading({ ...SWEEP, ...change }), UnreadableFile, message);
  }
  const runs: readonly (readonly [change: object, message: string])[] = [
    [{ cell: -1 }, ':3: expected a whole number as cell, got "-1"'],
    [{ run: 0.5 }, ':3: expected a whole number as run, got "0.5"'],
    ...["runs", "latency", "bulk", "streaks"].map((name) =>
      [{ [name]: 7 }, `:3: expected a text as ${name}, got "7"`] as const
    ),
    [{ violation: 7 }, ':3: expected a text or null as violation, got "7"'],
    [{ headlines: run.headlines.slice(1) }, `:3: expected ${HEADLINES.length} numbers as headlines`],
    [{ headlines: run.headlines.with(3, "1" as never) }, ":3: expected 28 numbers as headlines"],
    [{ headlines: {} }, ":3: expected 28 numbers as headlines"],
  ];
  for (const [change, message] of runs) {
    assertThrows(reading(SWEEP, run, { ...run, ...change }), UnreadableFile, message);
  }
  for (const text of ["3", "{", '{"a":1} x']) {
    const { message } = assertThrows(reading(SWEEP, text), UnreadableFile);
    assert(/:2: expected (an object|JSON: )/.test(message), message);
  }
});
