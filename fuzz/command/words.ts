/**
 * A command line as words that belong together, and the same as fields of a JSON file.
 */
import type { ConfigTask } from "./config.ts";
import type { OptionSpec, OptionTable } from "./option_table.ts";

/** An option with its value, or a word that is no option. */
export interface Word {
  /** Option, empty for a word that is none. */
  readonly name: string;
  /** Value, the word itself, or empty for a switch. */
  readonly value: string;
  /** As it stands on the command line. */
  readonly argv: readonly string[];
}

/** Splits a command line; what is no option of the table stands for itself, and is refused later. */
export function wordsOf(argv: readonly string[], table: OptionTable): Word[] {
  const words: Word[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const [, name, , value] = /^--([^=]+)(=([^]*))?$/.exec(word) ?? [];
    if (name === undefined) words.push({ name: "", value: word, argv: [word] });
    else if (value !== undefined) words.push({ name, value, argv: [word] });
    else if (Object.hasOwn(table, name) && table[name]!.kind !== "switch") {
      const next = argv[++i];
      words.push({ name, value: next ?? "", argv: next === undefined ? [word] : [word, next] });
    } else words.push({ name, value: "", argv: [word] });
  }
  return words;
}

/** Options that are short for a list. */
const SHORT_FOR: Readonly<Record<string, string>> = { strategy: "axis strategy", sensitivity: "axis costs" };

/** What two words have in common when one stands for the other: of lists, the name of the list. */
export function keyOf({ name, value }: Word): string {
  if (name === "axis") return `${name} ${value.split("=")[0]}`;
  return Object.hasOwn(SHORT_FOR, name) ? SHORT_FOR[name]! : name;
}

/** A field of a file as words; its value has been checked. */
export function wordOf(name: string, spec: OptionSpec, value: unknown): Word[] {
  const word = (text: string): Word =>
    name === "" ? { name, value: text, argv: [text] } : { name, value: text, argv: [`--${name}=${text}`] };
  if (spec.kind === "switch") return value === true ? [{ name, value: "", argv: [`--${name}`] }] : [];
  if (spec.kind !== "lists") return [word(String(value))];
  return Object.entries(value as Record<string, unknown>).map(([list, values]) => word(`${list}=${values}`));
}

/** The value of a word as it stands in a file. */
function fieldOf({ kind }: OptionSpec, value: string): unknown {
  if (kind === "switch") return true;
  if (kind === "number") return Number(value);
  return kind === "names" && value.includes(",") ? value.split(",") : value;
}

/** Words as a file: what was given, and what holds otherwise, in the order of the table. */
export function printed(words: readonly Word[], { name, table, positional }: ConfigTask): string {
  const fields: Record<string, unknown> = { $schema: `./docs/schema/${name}.json` };
  const plain = words.filter((word) => word.name === "").map(({ value }) => value);
  if (positional !== null && plain.length > 0) fields[positional.name] = positional.many ? plain : plain[0];
  for (const [option, spec] of Object.entries(table)) {
    const own = words.filter((word) => word.name === option);
    if (spec.kind === "lists" && own.length > 0) {
      fields[option] = Object.fromEntries(own.map(({ value }) => {
        const at = value.indexOf("=");
        return [value.slice(0, at), value.slice(at + 1).split(",")];
      }));
    } else if (own.length > 0) fields[option] = fieldOf(spec, own[0]!.value);
    else if ("fallback" in spec && spec.fallback !== undefined) fields[option] = spec.fallback;
  }
  return JSON.stringify(fields, null, 2);
}
