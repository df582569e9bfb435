/**
 * Workflows and other files for machines, which nobody runs here: they parse, name tasks and files that exist, and pin
 * what they fetch.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse, parseAllDocuments } from "yaml";
import { SCHEDULERS, STRATEGIES } from "../mod.ts";
import { ROOT } from "./support/tree.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly "runs-on": string;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const { tasks } = JSON.parse(read("deno.json"));
const WORKFLOWS = [...Deno.readDirSync(new URL(".github/workflows/", ROOT))]
  .map(({ name }) => `.github/workflows/${name}`);
const GITHUB = [...WORKFLOWS, "examples/cluster/ci-matrix.yml"];
const parsed = (path: string): Workflow => parse(read(path));

Deno.test("there are a workflow for every push and one for every night", () => {
  assertEquals(WORKFLOWS.toSorted(), [".github/workflows/ci.yml", ".github/workflows/nightly.yml"]);
});

for (const path of GITHUB) {
  const { permissions, jobs } = parsed(path);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  Deno.test(`${path}: may read, no more, and pins every action by its hash, with the version beside it`, () => {
    assertEquals(permissions, { contents: "read" });
    const lines = read(path).split("\n").filter((line) => line.includes("uses:"));
    assertEquals(lines.length, steps.filter((step) => step.uses !== undefined).length);
    for (const line of lines) assert(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line), line);
  });

  Deno.test(`${path}: names tasks and scripts that exist`, () => {
    const commands = steps.flatMap((step) => step.run?.split("\n") ?? []);
    for (const [, task] of commands.join("\n").matchAll(/deno@\S+ task (\S+)/g)) {
      assert(task! in tasks, `no task ${task}`);
    }
    for (const [script] of commands.join("\n").matchAll(/\.ci\/\w+/g)) {
      const { mode } = Deno.statSync(new URL(script, ROOT)); // null where files have no such bits
      assert(mode === null || (mode & 0o111) !== 0, `${script} cannot be executed`);
    }
  });
}

for (const path of WORKFLOWS) {
  Deno.test(`${path}: every job ends by itself`, () => {
    for (const job of Object.values(parsed(path).jobs)) assert((job["timeout-minutes"] ?? Infinity) <= 120);
  });
}

Deno.test("the same action has the same hash everywhere", () => {
  const hashes = new Map<string, Set<string>>();
  for (const path of GITHUB) {
    for (const [, action, hash] of read(path).matchAll(/uses: (\S+)@(\S+)/g)) {
      hashes.set(action!, (hashes.get(action!) ?? new Set()).add(hash!));
    }
  }
  assertEquals([...hashes].filter(([, each]) => each.size !== 1), []);
});

Deno.test("ci.yml runs .ci/run, and nothing else, on Linux, macOS and Windows", () => {
  const { run } = parsed(".github/workflows/ci.yml").jobs;
  assertEquals(run!.strategy!.matrix.os, ["ubuntu-latest", "macos-latest", "windows-latest"]);
  assertEquals(run!.steps.flatMap((step) => step.run ?? []), [".ci/run"]);
});

Deno.test("nightly.yml fuzzes under every scheduler and keeps what failed", () => {
  const { fuzz } = parsed(".github/workflows/nightly.yml").jobs;
  assertEquals(fuzz!.strategy!.matrix.scheduler!.toSorted(), SCHEDULERS.toSorted());
  const upload = fuzz!.steps.find((step) => step.uses?.startsWith("actions/upload-artifact@"));
  assertEquals([upload?.if, upload?.with?.path], ["failure()", "nightly"]);
});

/** Runs .ci/nightly for a moment. */
async function nightly(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout } = await new Deno.Command("bash", {
    args: [".ci/nightly", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}

const isBashHere = Deno.build.os !== "windows";

Deno.test({
  name: ".ci/nightly tries every strategy, and leaves no file when nothing fails" +
    (isBashHere ? "" : " (ignored: no bash)"),
  ignore: !isBashHere,
  async fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const { code, output } = await nightly("random", "workflows", "0.001", folder);
      assertEquals(code, 0, output);
      const tried = [...output.matchAll(/--strategy (\S+)/g)].map(([, name]) => name!);
      assertEquals(tried.toSorted(), STRATEGIES.map((strategy) => strategy.name).toSorted());
      assertEquals([...Deno.readDirSync(folder)], []);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: ".ci/nightly ends with 2 for a scheduler that does not exist, and keeps what the task said" +
    (isBashHere ? "" : " (ignored: no bash)"),
  ignore: !isBashHere,
  async fn() {
    const folder = Deno.makeTempDirSync();
    try {
      assertEquals((await nightly("fair", "workflows", "0.001", folder)).code, 2);
      assertStringIncludes(Deno.readTextFileSync(`${folder}/lockless/output.txt`), "Cannot use --scheduler");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: ".ci/nightly keeps the line of a failure, its smallest case and its timeline" +
    (isBashHere ? "" : " (ignored: no bash)"),
  ignore: !isBashHere,
  async fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const options = [
        "--bugs",
        "B1",
        "--block_entries",
        "4",
        "--calls",
        "500",
        "--shrink_sections",
        "20000",
      ];
      // the fifth run of this seed fails: after a quarter of the time on a machine with nothing else to do
      const { code, output } = await nightly("random", "sleep", "1.5", folder, ...options);
      assertEquals(code, 1, output);
      const kept = [...Deno.readDirSync(`${folder}/lockless`)].map(({ name }) => name).sort();
      assertEquals(kept, ["failure.txt", "meta.json", "output.txt", "smallest.txt", "timeline.json"]);
      assertStringIncludes(Deno.readTextFileSync(`${folder}/lockless/output.txt`), "VIOLATED grace_period");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

Deno.test("the Kubernetes job is YAML with a name for every shard", () => {
  const [document] = parseAllDocuments(read("examples/cluster/indexed-job.yaml"));
  assert(document !== undefined && !("empty" in document) && document.errors.length === 0);
  const job = document.toJS();
  assertEquals([job.kind, job.spec.completionMode], ["Job", "Indexed"]);
});
