/** A search that is left, kept, shared or estimated is the same search. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { counters } from "../../tests/support/counters.ts";
import { Prng } from "../sim/prng.ts";
import { type Checkpoint, checkSumOf, formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { walkStates } from "./estimate.ts";
import type { Exploration, ExploreOptions } from "./exploration.ts";
import { explore } from "./explore.ts";
import { type ReferenceBug, ReferenceProgram } from "./reference.ts";
import type { SavedFrame } from "./frame.ts";
import { Search } from "./search.ts";
import { SharedVisited, TableFull } from "./shared_visited.ts";
import { Visited } from "./visited.ts";

const size = (cpus: number, k: number) => ({ operations: Array(cpus).fill(k), pages: 6, high: 2, batch: 2 });

/** What does not depend on the order of the search. */
const counts = ({ states, transitions, ends, endings, violations, unreached }: Exploration) => ({
  states,
  transitions,
  ends: [...ends].sort(),
  endings,
  violations,
  unreached,
});

/** Explores in pieces of so many steps, each by a new search from what the one before wrote down. */
function inPieces(cpus: number, k: number, options: ExploreOptions, bug: ReferenceBug, step: number) {
  let kept: Uint8Array | null = null;
  let pieces = 0;
  for (let limit = step;; limit += step) {
    const before: Checkpoint | null = kept === null ? null : parseCheckpoint(kept, "key");
    const visited = before?.visited ?? new Visited();
    const search = new Search(new ReferenceProgram(size(cpus, k), bug), { ...options, limit }, visited);
    if (before === null) search.begin();
    else {
      search.addFound(before.found);
      search.take(before.frames, true);
    }
    pieces++;
    if (search.run()) return { found: search.found(), pieces };
    kept = formatCheckpoint({ key: "key", frames: search.frames(), found: search.found(), visited });
  }
}

Deno.test("a search that is left again and again finds what one finds that is not", () => {
  for (const reduction of ["none", "sleep", "own+sleep", "chains"] as const) {
    for (const bug of ["none", "refill-early"] as const) {
      const { found, pieces } = inPieces(2, 4, { reduction }, bug, 500);
      assert(pieces > 2, `${pieces}`);
      const whole = explore(new ReferenceProgram(size(2, 4), bug), { reduction });
      assertEquals(counts(found), counts(whole), `${reduction} ${bug}`);
      assertEquals([found.failure, found.depth, found.complete], [whole.failure, whole.depth, true]);
    }
  }
  const bounded = inPieces(2, 3, { preemptions: 2 }, "none", 200).found;
  assertEquals(counts(bounded), counts(explore(new ReferenceProgram(size(2, 3)), { preemptions: 2 })));
});

Deno.test("parseCheckpoint() refuses what is no search, or another one", () => {
  const search = new Search(new ReferenceProgram(size(2, 2)), { limit: 50 }, new Visited());
  search.begin();
  search.run();
  const visited = new Visited();
  visited.add(1, 2);
  const bytes = formatCheckpoint({ key: "a", frames: search.frames(), found: search.found(), visited });
  const again = parseCheckpoint(bytes, "a");
  assertEquals(again.frames, search.frames());
  assert(!again.visited.add(1, 2) && again.visited.size === 1);
  const text = new TextEncoder();
  for (
    const [broken, key, message] of [
      [bytes, "b", "expected that of b, got another one's"],
      [bytes.slice(0, -1), "a", "bytes of states"],
      [bytes.with(bytes.length - 1, 1), "a", "its check sum is another one"],
      [bytes.with(9, 0x20), "a", "expected the file of one"],
      [bytes.slice(0, 20), "a", "expected the file of one"],
      [text.encode("{}\n"), "a", "expected the file of one"],
      [text.encode("no\n"), "a", "expected the file of one"],
      [new Uint8Array(), "a", "expected the file of one"],
    ] as const
  ) assertThrows(() => parseCheckpoint(broken, key), SyntaxError, message);
});

Deno.test("parseCheckpoint() reads what formatCheckpoint() writes, and no header that says something else", () => {
  const steps = [{ task: 0, choice: 1, section: 2 }];
  const found: Exploration = {
    ...{ states: 1, transitions: 2, ends: new Set(["1/2"]), endings: 3, violations: 4, depth: 5, bytes: 6 },
    ...{ failure: { what: "f", steps }, complete: false, unreached: ["s"] },
  };
  const visited = new Visited();
  for (let i = 0; i < 3000; i++) visited.add(i, Math.imul(i, 77)); // the table has grown
  const checkpoint: Checkpoint = {
    key: "k",
    frames: [[0, 1, 2, 3, -1, 5], [-1, 0, 0, 0, 0, 0]],
    found,
    visited,
  };
  const bytes = formatCheckpoint(checkpoint);
  const again = parseCheckpoint(bytes, "k");
  assertEquals([again.frames, again.found, again.key], [checkpoint.frames, found, "k"]);
  assertEquals([again.visited.size, again.visited.slots], [3000, visited.slots]);

  const line = new TextDecoder().decode(bytes.subarray(9, bytes.indexOf(10)));
  /** The file with another header or table, and a check sum that fits. */
  const reading = (change: object, slots = visited.slots) => () => {
    const json = JSON.stringify({ ...JSON.parse(line), slots: slots.length, ...change });
    const head = new TextEncoder().encode(`${checkSumOf(json, slots)} ${json}\n`);
    return parseCheckpoint(Uint8Array.from([...head, ...new Uint8Array(slots.buffer)]), "k");
  };
  reading({ found: { ...found, ends: [], failure: null } })();
  const others: object[] = [
    ...[{ pcplab: "explore 2" }, { key: 7 }, { frames: 7 }, { found: 7 }, { slots: 0.5 }],
    ...[{ frames: [[0, 1, 2, 3, -1]] }, { frames: [[0, 1, 2, 3, -1, 0.5]] }],
    ...[{ ends: [7] }, { ends: "x" }, { unreached: [7] }, { complete: 1 }, { failure: 7 }].map((change) => ({
      found: { ...found, ends: [], ...change },
    })),
    ...[{ what: 7, steps }, { what: "f", steps: 7 }].map((failure) => ({
      found: { ...found, ends: [], failure },
    })),
    ...["task", "choice", "section"].map((name) => ({
      found: { ...found, ends: [], failure: { what: "f", steps: [{ ...steps[0], [name]: 0.5 }] } },
    })),
    ...["states", "transitions", "endings", "violations", "depth", "bytes"].flatMap((name) =>
      [-1, 0.5, "1", undefined].map((value) => ({ found: { ...found, ends: [], [name]: value } }))
    ),
  ];
  for (const change of others) {
    assertThrows(reading(change), SyntaxError, "expected the file of one", JSON.stringify(change));
  }
  for (const slots of [new Int32Array(1), new Int32Array(24), new Int32Array(16).fill(1)]) {
    assertThrows(reading({}, slots), SyntaxError, "its table of states is none");
  }
  reading({}, new Int32Array(16))();
});

Deno.test("checkSumOf() is FNV-1a of the text and of each number, in eight digits", () => {
  const none = new Int32Array();
  assertEquals(["", "foobar", "k4788"].map((text) => checkSumOf(text, none)), [
    "811c9dc5",
    "bf9cf968",
    "0005d0bf",
  ]);
  assertEquals(checkSumOf("foo", Int32Array.from("bar", (letter) => letter.charCodeAt(0))), "bf9cf968");
});

Deno.test("take() refuses frames that are no path of the program", () => {
  const search = new Search(new ReferenceProgram(size(2, 2)), { limit: 50 }, new Visited());
  search.begin();
  search.run();
  const frames = search.frames();
  const taking = (changed: readonly SavedFrame[]) => () =>
    new Search(new ReferenceProgram(size(2, 2)), {}, new Visited()).take(changed, true);
  taking(frames)();
  const [task, choice, choices, sleep, alone, section] = frames[1]!;
  for (
    const bad of [
      [1 - task, choice, choices, sleep, alone, section + 1],
      [2, choice, choices, sleep, alone, section],
      [-1, choice, choices, sleep, alone, section],
      [task, choices, choices, sleep, alone, section],
      [task, choice, 99, sleep, alone, section],
      [task, choice, choices, 0.5, alone, section],
      [task, choice, choices, sleep, -2, section],
    ] as const
  ) assertThrows(taking(frames.with(1, bad)), SyntaxError, "frame 1 is no step of its program");
});

Deno.test("searches that give half of what is left to each other find together what one finds", () => {
  for (const [cpus, k, reduction] of [[3, 3, "none"], [2, 8, "sleep"]] as const) {
    const visited = SharedVisited.ofBits(21);
    const waiting: (readonly SavedFrame[])[] = [];
    let given = 0;
    const make = () =>
      new Search(new ReferenceProgram(size(cpus, k)), { reduction }, visited, (search) => {
        const frames = search.donate();
        if (frames === null) return false;
        waiting.push(frames);
        return ++given % 3 === 0; // now and then the other one goes first
      });
    const [one, other] = [make(), make()];
    one.begin();
    let isOver = one.run();
    while (waiting.length > 0 || !isOver) {
      const frames = waiting.shift();
      if (frames !== undefined) {
        other.take(frames, false);
        while (!other.run());
      }
      if (!isOver) isOver = one.run();
    }
    assert(given > 3, `${given}`);
    one.addFound(other.found());
    const whole = explore(new ReferenceProgram(size(cpus, k)), { reduction });
    assertEquals(counts(one.found()), counts(whole), `${cpus} ${k} ${reduction}`);
    assertEquals(visited.size, whole.states);
  }
});

Deno.test("SharedVisited: adds each hash once, zero halves included, and says when it is full", () => {
  const visited = SharedVisited.ofBits(15);
  const twin = new SharedVisited(visited.memory);
  for (let i = 0; i < 20_000; i++) assert((i % 2 === 0 ? visited : twin).add(i, Math.imul(i, 77)));
  for (let i = 0; i < 20_000; i++) assert(!(i % 2 === 0 ? twin : visited).add(i, Math.imul(i, 77)));
  assertEquals([visited.size, twin.size, twin.bytes], [20_000, 20_000, 8 + 8 * 2 ** 15]);
  const small = SharedVisited.ofBits(3);
  assertThrows(
    () => {
      for (let i = 1; i < 9; i++) small.add(i, i);
    },
    TableFull,
    "expected at most 5",
  );
});

Deno.test("walkStates() estimates as Knuth and Chao do, from walks that are known", () => {
  /** Walks in turn: those picks of the tasks that can go on, as long as there are two. */
  const walked = (...picks: readonly number[][]) => {
    const left = picks.flat();
    const program = counters(2, 2);
    const found = walkStates(program, picks.length, { index: (count) => count === 1 ? 0 : left.shift()! });
    assertEquals([left.length, [...program.cells.at].some((cell) => cell !== 0)], [0, false]);
    return found;
  };
  // both walks see the first and the last state and three of their own; of two tasks two can go on twice
  assertEquals(walked([0, 0], [1, 1]), { walks: 2, seen: 8, statesAtLeast: 11, interleavings: 4 });
  // 8 + 1/2 · 6·5 / (2·(2 + 1)) was 10.5; here 9 + 2/3 · 5·4 / (2·(2 + 1)) is 11.2, and walks of 4, 4 and 8 ways
  assertEquals(walked([0, 0], [1, 1], [0, 1, 0]), {
    walks: 3,
    seen: 9,
    statesAtLeast: 11,
    interleavings: 16 / 3,
  });
  assertEquals(walked([0, 0]), { walks: 1, seen: 5, statesAtLeast: 5, interleavings: 4 });
  assertEquals(walked([0, 0], [0, 0]), { walks: 2, seen: 5, statesAtLeast: 5, interleavings: 4 });
});

Deno.test("walkStates() estimates interleavings and bounds states, and sees all where there are few", () => {
  const program = counters(2, 5);
  const walked = walkStates(program, 4000, new Prng("walks"));
  // the mean of 4000 walks over a distribution whose deviation is about half its mean
  assert(Math.abs(walked.interleavings - 252) < 25, `${walked.interleavings}`);
  assertEquals([walked.seen, walked.statesAtLeast], [36, 36]);
  assertEquals([...program.cells.at].every((cell) => cell === 0), true);
  const reference = walkStates(new ReferenceProgram(size(2, 3)), 300, new Prng("few"));
  const { states } = explore(new ReferenceProgram(size(2, 3)));
  assert(
    reference.seen < states && reference.statesAtLeast > reference.seen && reference.statesAtLeast <= states,
  );
  assertEquals(walkStates(new ReferenceProgram(size(2, 3)), 300, new Prng("few")), reference);
});
