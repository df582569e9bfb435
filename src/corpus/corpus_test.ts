/** Runs that are made from others are runs like any other: made, made again, and begun as they were told. */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import { Prng } from "../sim/prng.ts";
import { firstSegments, SEGMENT_WORDS } from "../sim/schedule.ts";
import { Corpus } from "./corpus.ts";

const OPTIONS = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
  calls: 40,
  blockEntries: 4,
};

function corpusOf(runs: number): Corpus {
  const corpus = new Corpus();
  for (let run = 0; run < runs; run++) corpus.add(execute({ ...OPTIONS, run }));
  return corpus;
}

Deno.test("mutant() makes runs that can be made and replayed, the same ones from the same numbers", () => {
  const [corpus, twin] = [corpusOf(5), corpusOf(5)];
  const programs = new Set<string>();
  let started = 0;
  for (let run = 100; run < 160; run++) {
    const mutant = corpus.mutant(new Prng(`mutant/${run}`), "s", run);
    assertEquals(twin.mutant(new Prng(`mutant/${run}`), "s", run), mutant);
    assertEquals([mutant.options.seed, mutant.options.run], ["s", run]);
    programs.add(JSON.stringify(mutant.options.programs));
    if (mutant.start !== null) started++;
    const result = execute(mutant.options, mutant.start === null ? {} : { start: mutant.start });
    assertEquals(result.violation, null);
    const again = execute(mutant.options, { replay: result.schedule! });
    assertEquals([again.steps, again.collector.freed], [result.steps, result.collector.freed]);
    if (run % 3 === 0) {
      corpus.add(result);
      twin.add(result);
    }
  }
  assert(programs.size > 40 && started > 30 && started < 60, `${programs.size} programs, ${started} started`);
});

Deno.test("mutant() crosses no programs of machines that differ in caches or CPUs", () => {
  const corpus = new Corpus();
  const one = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 1, nodes: 1 });
  for (let run = 0; run < 2; run++) {
    corpus.add(execute({ ...OPTIONS, run })); // three caches, where poisson has one
    corpus.add(execute({ ...OPTIONS, run, workload: "poisson" }));
    corpus.add(execute({ ...OPTIONS, run, workload: "poisson", geometry: one, threads: 1 }));
  }
  for (let run = 0; run < 100; run++) planMachine(corpus.mutant(new Prng(`mixed/${run}`), "s", run).options);
});

Deno.test("add() keeps a limited number of runs", () => {
  const corpus = new Corpus();
  const run = execute(OPTIONS);
  for (let i = 0; i < 300; i++) corpus.add(run);
  assertEquals(corpus.size, 256);
});

Deno.test("a run begins as its start says and goes on by its own scheduler", () => {
  const { schedule, steps } = execute(OPTIONS);
  const whole = execute({ ...OPTIONS, run: 10 }, { start: schedule! });
  const programs = execute({ ...OPTIONS, run: 10 });
  assert(whole.steps !== programs.steps || whole.collector.freed !== programs.collector.freed);
  const same = execute(OPTIONS, { start: schedule! });
  assertEquals([same.steps, same.schedule], [steps, schedule]);
  const half = Math.floor(schedule!.segments.length / SEGMENT_WORDS / 2);
  const { schedule: other } = execute(OPTIONS, { start: firstSegments(schedule!, half) });
  // the last segment may go on under the scheduler: of that the task is known
  const words = (half - 1) * SEGMENT_WORDS + 1;
  const named = ({ tasks, sections, segments }: NonNullable<typeof schedule>) =>
    Array.from(
      segments.subarray(0, words),
      (word, i) => [tasks, sections, [word]][i % SEGMENT_WORDS]?.[i % 3 === 2 ? 0 : word],
    );
  assertEquals(named(other!), named(schedule!));
  assert(other!.segments.length !== schedule!.segments.length);
});
