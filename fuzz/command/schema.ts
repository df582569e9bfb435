/**
 * The JSON schema of a task's configuration file, from its table of options and its help: editors complete and check a
 * file that names it as `$schema`.
 */
import type { ConfigTask } from "./config.ts";
import { NOT_IN_FILES } from "./config.ts";
import type { OptionSpec } from "./option_table.ts";

type Schema = Readonly<Record<string, unknown>>;

/** What the help says of each option, by its name. */
export function meaningsIn(help: string): ReadonlyMap<string, string> {
  const meanings = new Map<string, string>();
  let names: string[] = [];
  for (const line of help.split("\n")) {
    const option = /^ {2}--\S/.test(line);
    const more = /^ {12,}(\S.*)$/.exec(line);
    if (option) {
      names = [...line.matchAll(/(?<=^| {2})--([\w-]+)/g)].map(([, name]) => name!);
      const text = /^.*\S {2,}(?!--)(\S.*)$/.exec(line)?.[1] ?? /^ {2}--\S+ [A-Z/]+ (.*)$/.exec(line)?.[1] ??
        "";
      for (const name of names) meanings.set(name, text);
    } else if (more !== null) {
      for (const name of names) meanings.set(name, `${meanings.get(name)} ${more[1]}`);
    } else names = [];
  }
  return meanings;
}

/** The schema of an option's value. */
function valueSchema(spec: OptionSpec): Schema {
  switch (spec.kind) {
    case "number": {
      const { min, max, whole, orZero = false } = spec.range;
      const range = { type: whole ? "integer" : "number", minimum: min, maximum: max };
      return orZero ? { anyOf: [{ const: 0 }, range] } : range;
    }
    case "switch":
      return { type: "boolean" };
    case "choice":
      return { enum: spec.names };
    case "names":
      return {
        anyOf: [
          { enum: [...spec.names, ...spec.others] },
          { type: "array", items: { enum: spec.names }, minItems: 1, uniqueItems: true },
        ],
      };
    case "text":
      return {
        type: "string",
        minLength: 1,
        ...(spec.pattern === undefined ? {} : { pattern: spec.pattern }),
      };
    case "lists": {
      const list = { type: "array", items: { type: ["string", "number"] }, minItems: 1 };
      const lists = Object.entries(spec.names).map(([name, description]) => [name, { description, ...list }]);
      return { type: "object", properties: Object.fromEntries(lists), additionalProperties: false };
    }
  }
}

/** The schema of a task's file, as text. */
export function schemaText({ name, table, positional }: ConfigTask, help: string): string {
  const meanings = meaningsIn(help);
  const options = Object.entries(table).filter(([option]) => !NOT_IN_FILES.includes(option));
  const properties = options.map(([option, spec]) => [option, {
    description: meanings.get(option) ?? "",
    ...valueSchema(spec),
    ...("fallback" in spec && spec.fallback !== undefined ? { default: spec.fallback } : {}),
  }]);
  const word = valueSchema({ kind: "text" });
  const first = positional === null ? [] : [[positional.name, {
    description: `what stands on the command line without an option: ${/\[?([A-Z]+)/.exec(help)![1]}`,
    ...(positional.many ? { anyOf: [word, { type: "array", items: word, minItems: 1 }] } : word),
  }]];
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `deno task ${name} --config FILE`,
    description: help.split("\n\n")[1]!.replaceAll("\n", " "),
    type: "object",
    properties: { $schema: { type: "string" }, ...Object.fromEntries([...first, ...properties]) },
    additionalProperties: false,
  };
  return JSON.stringify(schema, null, 2) + "\n";
}
