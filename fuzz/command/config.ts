/**
 * A call as a file: `--config FILE` takes options from a JSON file, or from the meta.json of a result folder;
 * `--print-config` prints a call as such a file. What the command line says stands for what the file says.
 */
import { isFields, JsonText } from "../../src/import/json_text.ts";
import { checkGeometry } from "../../src/run/check_geometry.ts";
import { checkInitialPcp } from "../../src/run/check_options.ts";
import type { Geometry } from "../../src/mm/mm.ts";
import type { InitialPcp } from "../../src/run/options.ts";
import { UsageError } from "./exit.ts";
import { nearest } from "./nearest.ts";
import { type OptionTable, valueFault } from "./option_table.ts";
import { readText } from "./read_text.ts";
import { keyOf, printed, type Word, wordOf, wordsOf } from "./words.ts";

/** A task whose calls can be files. */
export interface ConfigTask {
  /** Name. */
  readonly name: string;
  readonly table: OptionTable;
  /** What a word that is no option is called in a file, and whether there may be many; null where there are none. */
  readonly positional: { readonly name: string; readonly many: boolean } | null;
  /** Options that stand together: one of them on the command line takes the place of all of a file's. */
  readonly together: readonly string[];
}

/** A machine that a result folder tells of. */
export interface RecordedMachine {
  readonly geometry: Geometry;
  readonly initialPcp: readonly InitialPcp[];
}

/** A call with its file read. */
export interface Call {
  /** The whole call as a command line. */
  readonly argv: readonly string[];
  /** The call as a file, when that is what was asked for. */
  readonly print: string | null;
  /** The machine of the result folder that the call is of, unless the command line names another. */
  readonly machine: RecordedMachine | null;
}

/** A word that is no option. */
const WORD = { kind: "text" } as const;
/** Keys of a file that are no options. */
const NO_OPTIONS = ["$schema"];
/** Options that cannot stand in a file. */
export const NOT_IN_FILES: readonly string[] = ["config", "print-config", "help"];

/**
 * Puts a call and its file together.
 *
 * @throws UnreadableFile, ImportError when the file cannot be read, or is no call of the task; UsageError when it is
 * asked for wrongly.
 */
export function readCall(argv: readonly string[], task: ConfigTask): Call {
  const words = wordsOf(argv, task.table);
  const files = words.filter(({ name }) => name === "config");
  const print = words.some(({ name }) => name === "print-config");
  const asksForHelp = words.some(({ name }) => name === "help");
  if (asksForHelp || (files.length === 0 && !print)) return { argv, print: null, machine: null };
  const given = words.filter(({ name }) => name !== "config" && name !== "print-config");
  if (files.length > 1) throw new UsageError('Cannot use --config: expected a single value, got "several"');
  const path = files[0]?.value;
  if (path === "") throw new UsageError('Cannot use --config: expected a file, got "nothing"');
  const file = path === undefined ? { words: [], machine: null } : readFile(path, task);
  const overruled = new Set(given.map(keyOf));
  const isMachineGiven = given.some(({ name }) => task.together.includes(name));
  const kept = file.words.filter((word) =>
    !overruled.has(keyOf(word)) && !(isMachineGiven && task.together.includes(word.name))
  );
  const all = [...kept, ...given];
  return {
    argv: all.flatMap(({ argv }) => argv),
    print: print ? printed(all, task) : null,
    machine: isMachineGiven ? null : file.machine,
  };
}

/** Words of a file, and the machine that it tells of. */
interface FileCall {
  readonly words: readonly Word[];
  readonly machine: RecordedMachine | null;
}

function readFile(path: string, task: ConfigTask): FileCall {
  const json: JsonText = new JsonText("config", readText(path), path);
  const fields = json.fields();
  if (fields.command !== undefined) return readMeta(json, fields.command, task);
  const words: Word[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (NO_OPTIONS.includes(key)) continue;
    const isPositional = key === task.positional?.name;
    const isOption = Object.hasOwn(task.table, key) && !NOT_IN_FILES.includes(key);
    if (!isPositional && !isOption) {
      const names = Object.keys(task.table).filter((name) => !NOT_IN_FILES.includes(name));
      const hint = nearest(key, task.positional === null ? names : [...names, task.positional.name]);
      json.fail(key, `an option of deno task ${task.name}${hint.replace("--", "")}`);
    }
    const spec = isPositional ? WORD : task.table[key]!;
    const isList = isPositional && task.positional!.many && Array.isArray(value) && value.length > 0;
    for (const each of isList ? value : [value]) {
      const expected = valueFault(spec, each);
      if (expected !== null) {
        json.fail(key, isPositional && task.positional!.many ? "a list of texts" : expected);
      }
      words.push(...wordOf(isPositional ? "" : key, spec, each));
    }
  }
  // words that are no options stand first, as one would write them
  return { words: words.toSorted((a, b) => Number(a.name !== "") - Number(b.name !== "")), machine: null };
}

/** A meta.json: its command line, and the machine, wherever the files that it was read from are by now. */
function readMeta(json: JsonText, command: unknown, task: ConfigTask): FileCall {
  const start = ["deno", "task", task.name];
  const isCommand = Array.isArray(command) && command.every((word) => typeof word === "string") &&
    start.every((word, i) => command[i] === word);
  if (!isCommand) json.fail("command", `a command line of deno task ${task.name}`);
  const words = wordsOf(command.slice(start.length), task.table).filter(({ name }) =>
    !NOT_IN_FILES.includes(name)
  );
  const { options } = json.fields();
  if (!isFields(options) || options.geometry === undefined) return { words, machine: null };
  const { geometry, initialPcp } = options;
  try {
    checkGeometry(geometry);
    checkInitialPcp(initialPcp, geometry.zones.length, geometry.cpuNodes.length);
  } catch (fault) {
    if (fault instanceof RangeError) json.fail("options", `those of a run (${fault.message})`);
    throw fault;
  }
  return { words, machine: { geometry, initialPcp } };
}
