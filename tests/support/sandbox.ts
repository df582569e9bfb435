/**
 * A task called in this process, in a folder of its own: what it said, and what it left in the folder. What lies beside
 * the folder of its results must be as it was.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** The call was refused: exit code 2 or 3. The message is what the task said. */
export class Refused extends Error {
  override name = "Refused";
}

/** A task's entry. */
export type TaskMain = (argv: readonly string[]) => number | Promise<number>;

/** Files below a folder with their contents. */
function snapshot(folder: string, path = ""): [string, string][] {
  return [...Deno.readDirSync(`${folder}/${path}`)].flatMap(({ name, isDirectory }) => {
    const own = `${path}${name}`;
    if (isDirectory) return [[`${own}/`, ""] as [string, string], ...snapshot(folder, `${own}/`)];
    return [
      [own, new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${own}`))] as [string, string],
    ];
  }).sort(([a], [b]) => a < b ? -1 : 1);
}

/** Calls a task with its standard output and error caught. */
export async function called(
  main: TaskMain,
  argv: readonly string[],
): Promise<{ code: number; said: string }> {
  const saved = { log: console.log, error: console.error };
  let said = "";
  console.log = () => {};
  console.error = (text: string) => void (said += `${text}\n`);
  try {
    return { code: await main(argv), said: said.trimEnd() };
  } finally {
    Object.assign(console, saved);
  }
}

/** What to call, given the folder of the inputs and that of the results. */
export interface SandboxCall {
  readonly main: TaskMain;
  /** Contents of the files of the folder `in`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Contents of the folder of the results, from a call before. @default there is none */
  readonly kept?: Readonly<Record<string, Uint8Array>>;
  readonly argv: (input: string, out: string) => readonly string[];
  /** Looks at what was written. */
  readonly check?: (out: string) => void;
}

/**
 * Calls a task on files.
 *
 * @throws Refused when it exits with 2 or 3; then it must have written nothing.
 */
export async function inSandbox({ main, files, kept = {}, argv, check }: SandboxCall): Promise<void> {
  const root = Deno.makeTempDirSync();
  try {
    const paths = Object.keys(files).map((name) => `in/${name}`).concat(
      Object.keys(kept).map((name) => `out/${name}`),
    );
    const contents = [...Object.values(files), ...Object.values(kept)];
    for (const [i, bytes] of contents.entries()) {
      const path = `${root}/${paths[i]}`;
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeFileSync(path, bytes);
    }
    const before = snapshot(root);
    const { code, said } = await called(main, argv(`${root}/in`, `${root}/out`));
    const isRefused = code === 2 || code === 3;
    const untouchable = (files: typeof before) =>
      files.filter(([path]) => isRefused || !/^out(\/|$)/.test(path));
    assertEquals(
      untouchable(snapshot(root)),
      untouchable(before),
      "nothing is written but results, and these only when all inputs are right",
    );
    // the folder has another name each time, and is long
    if (isRefused) throw new Refused(said.replaceAll(root, ""));
    if (code !== 0 && code !== 1) throw new Error(`exit code ${code}: ${said}`);
    check?.(`${root}/out`);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}
