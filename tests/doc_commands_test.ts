/**
 * Every command that a document or a help text shows is one that its task takes: the option names and values are read
 * by the task itself, with `--help` behind them, so that nothing runs. Those that take a second are run as well.
 */
import { assert, assertEquals } from "@std/assert";
import { documents, shellWords, type ShownCommand, shownCommands } from "./support/documents.ts";
import { ROOT } from "./support/tree.ts";

/** Commands of Deno itself that documents show. */
const OF_DENO = [
  "task",
  "run",
  "fmt",
  "check",
  "lint",
  "cache",
  "doc",
  "test",
  "publish",
  "completions",
  "coverage",
  "pack",
  "bundle",
];
/** Tasks that have no options of their own. */
const WITHOUT_OPTIONS = ["test", "check"];
/** Commands of README.md that are run, with what they end with. */
const RUN: Readonly<Record<string, number>> = {
  "deno task replay tests/fixtures/low_s2_ll_f4000 --identity": 0,
  "deno task replay tests/fixtures/low_s2_ll_f0 --pcp 62/15": 0,
  "deno task explore --cpus 2 --operations 6 --bug refill-early --shrink": 1,
};

type Tasks = Readonly<Record<string, { readonly command: string }>>;

const tasksOf = (config: string): Tasks => JSON.parse(Deno.readTextFileSync(new URL(config, ROOT))).tasks;
const tasks = tasksOf("deno.json");
const queueTasks = tasksOf("queue/deno.json");
const shown = documents().flatMap(shownCommands);

/** The main() of a task, from the file that its command runs. */
async function mainOf(name: string): Promise<(argv: readonly string[]) => number | Promise<number>> {
  const file = /\S+\.ts/.exec(tasks[name]!.command)![0];
  return (await import(new URL(file, ROOT).href)).main;
}

/** Runs a task with nothing on the terminal; what it ends with, and what it said on standard error. */
async function quietly(name: string, argv: readonly string[]): Promise<{ code: number; said: string }> {
  const main = await mainOf(name);
  const { log, error } = console;
  const said: string[] = [];
  console.log = () => {};
  console.error = (...parts: unknown[]) => said.push(parts.join(" "));
  try {
    return { code: await main(argv), said: said.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** What is wrong with a shown command, null when nothing is. */
async function fault({ where, words, inQueue }: ShownCommand): Promise<string | null> {
  const [, verb, name, ...argv] = words;
  if (!OF_DENO.includes(verb!)) return `${where}: deno has no ${verb}`;
  if (verb !== "task" || name === undefined) return null;
  if (inQueue) return name in queueTasks ? null : `${where}: queue has no task ${name}`;
  if (!(name in tasks)) return `${where}: no task ${name}`;
  if (WITHOUT_OPTIONS.includes(name)) return argv.length === 0 ? null : `${where}: ${name} takes no options`;
  const { code, said } = await quietly(name, argv.includes("--help") ? argv : [...argv, "--help"]);
  return code === 0 ? null : `${where}: ${words.join(" ")}: ${said}`;
}

Deno.test("shellWords() splits as a shell does, up to a comment, a pipe or a redirection", () => {
  assertEquals(shellWords("deno task fuzz --replay 'pcplab1 {...}'  # the line"), [
    "deno",
    "task",
    "fuzz",
    "--replay",
    "pcplab1 {...}",
  ]);
  assertEquals(shellWords('deno task fuzz --out "my dir" > x'), ["deno", "task", "fuzz", "--out", "my dir"]);
});

Deno.test("shownCommands() finds commands in blocks and spans, with npx, in chains, and over lines", () => {
  const text = "Say `deno task a`:\n```sh\nnpx -y deno@2.9.6 task b && deno task c \\\n  --d &\n```\n" +
    "```sh\ncd queue\ndeno task e\n```\n";
  assertEquals(shownCommands({ path: "x.md", text }), [
    { where: "x.md:1", words: ["deno", "task", "a"], inQueue: false },
    { where: "x.md:3", words: ["deno", "task", "b"], inQueue: false },
    { where: "x.md:3", words: ["deno", "task", "c", "--d"], inQueue: false },
    { where: "x.md:7", words: ["deno", "task", "e"], inQueue: true },
  ]);
});

Deno.test("a command with a task, an option or a value that does not exist is refused", async () => {
  const refused = async (line: string) => {
    const words = shellWords(line);
    assert(await fault({ where: "x.md:1", words, inQueue: false }) !== null, line);
  };
  await refused("deno tusk fuzz");
  await refused("deno task fuz");
  await refused("deno task fuzz --sed 1");
  await refused("deno task fuzz --pressure 2");
  await refused("deno task check --all");
});

Deno.test("every command of the documents is one that its task takes", async () => {
  assert(shown.length > 50);
  const faults: string[] = [];
  for (const command of shown) faults.push(await fault(command) ?? "");
  assertEquals(faults.filter((each) => each !== ""), []);
});

Deno.test("every example of a help text is one that its task takes", async () => {
  const faults: string[] = [];
  for (const [name, { command }] of Object.entries(tasks)) {
    if (WITHOUT_OPTIONS.includes(name)) continue;
    const folder = new URL("./", new URL(/\S+\.ts/.exec(command)![0], ROOT));
    for (const entry of Deno.readDirSync(folder)) {
      if (!entry.name.endsWith(".ts") || entry.name.endsWith("_test.ts")) continue;
      const text = Deno.readTextFileSync(new URL(entry.name, folder));
      for (const [, example] of text.matchAll(/^ +(deno task [^\n`]+)$/gm)) {
        const words = shellWords(example!.split("&&")[0]!);
        faults.push(await fault({ where: entry.name, words, inQueue: false }) ?? "");
      }
    }
  }
  assert(faults.length > 20);
  assertEquals(faults.filter((each) => each !== ""), []);
});

Deno.test("no document speaks of an option that its task does not have any more", async () => {
  const known = new Set<string>();
  for (const name of Object.keys(tasks).filter((each) => !WITHOUT_OPTIONS.includes(each))) {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      await (await mainOf(name))(["--help"]);
    } finally {
      console.log = log;
    }
    for (const [option] of lines.join("\n").matchAll(/--[a-z][\w-]*/g)) known.add(option);
  }
  for (const { name } of Deno.readDirSync(new URL("queue/", ROOT))) {
    if (!name.endsWith(".ts")) continue;
    const source = Deno.readTextFileSync(new URL(`queue/${name}`, ROOT));
    for (const [option] of source.matchAll(/--[a-z][\w-]*/g)) known.add(option);
  }
  const calls = new Set(shown.flatMap(({ words }) => words.filter((word) => word.startsWith("--"))));
  const unknown = documents().flatMap(({ path, text }) =>
    [...text.matchAll(/`(--[a-z][\w-]*)[^`]*`/g)].map(([, option]) => option!)
      .filter((option) => !known.has(option) && !calls.has(option)).map((option) => `${path}: ${option}`)
  );
  assertEquals(unknown, []);
});

for (const [line, expected] of Object.entries(RUN)) {
  Deno.test(`README.md: ${line} ends with ${expected}`, async () => {
    const words = shellWords(line);
    assert(
      shown.some((command) => command.words.join(" ") === words.join(" ")),
      "README.md does not show it",
    );
    // a folder of results goes where it is thrown away, and not into the checkout
    const scratch = Deno.makeTempDirSync();
    const out = words[2] === "replay" ? ["--out", scratch] : [];
    try {
      const { code, said } = await quietly(words[2]!, [...words.slice(3), ...out]);
      assertEquals(code, expected, said);
    } finally {
      Deno.removeSync(scratch, { recursive: true });
    }
  });
}
