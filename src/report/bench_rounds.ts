/**
 * Reads what `deno bench --json` prints and what `deno task bench --save` keeps. The first is marked unstable by Deno,
 * so every field that is used is checked.
 */
import type { BenchRounds } from "./bench_compare.ts";

/** Measurements as they are kept. */
export interface KeptBenches {
  /** Version of this format. */
  readonly format: 1;
  /** Runtime, CPU model as Deno names them. */
  readonly runtime: string;
  readonly cpu: string;
  /** What was measured. */
  readonly benches: readonly BenchRounds[];
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function refuse(file: string, expected: string): never {
  throw new SyntaxError(`${file}: expected ${expected}`);
}

function textOf(file: string, fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : refuse(file, `a text "${name}"`);
}

/**
 * One round as `deno bench --json` printed it; a benchmark that failed is an error.
 *
 * @param file What to call the input in a message.
 * @throws SyntaxError when it is something else.
 */
export function parseRound(text: string, file: string): KeptBenches {
  const doc: unknown = JSON.parse(text);
  if (!isObject(doc) || doc.version !== 1 || !Array.isArray(doc.benches)) {
    refuse(file, "the output of deno bench --json, version 1");
  }
  const benches = doc.benches.map((bench: unknown): BenchRounds => {
    if (!isObject(bench) || !Array.isArray(bench.results)) refuse(file, 'a list "results" of each benchmark');
    const name = textOf(file, bench, "name");
    const result: unknown = bench.results[0];
    const ok = isObject(result) ? result.ok : undefined;
    if (!isObject(ok) || typeof ok.min !== "number" || !(ok.min > 0)) {
      refuse(file, `"${name}" to have run: its result is ${JSON.stringify(result)}`);
    }
    return { group: typeof bench.group === "string" ? bench.group : "", name, ns: [ok.min] };
  });
  return { format: 1, runtime: textOf(file, doc, "runtime"), cpu: textOf(file, doc, "cpu"), benches };
}

/** Several rounds of the same benchmarks as one: those that are in every round, in the order of the first. */
export function joinRounds(rounds: readonly KeptBenches[]): KeptBenches {
  const [first, ...others] = rounds;
  if (first === undefined) throw new RangeError("Cannot join rounds: expected at least one, got 0");
  const benches = first.benches.flatMap((bench) => {
    const found = others.map(({ benches }) =>
      benches.find((b) => b.name === bench.name && b.group === bench.group)
    );
    const all = found.flatMap((b) => b === undefined ? [] : [b]);
    if (all.length < others.length) return [];
    return [{ ...bench, ns: [bench, ...all].flatMap((b) => b.ns) }];
  });
  return { ...first, benches };
}

/**
 * Kept measurements.
 *
 * @throws SyntaxError when the text is something else.
 */
export function parseKept(text: string, file: string): KeptBenches {
  const doc: unknown = JSON.parse(text);
  if (!isObject(doc) || doc.format !== 1 || !Array.isArray(doc.benches)) {
    refuse(file, "measurements that deno task bench --save has kept");
  }
  const benches = doc.benches.map((bench: unknown): BenchRounds => {
    if (!isObject(bench) || !Array.isArray(bench.ns) || bench.ns.length === 0) {
      refuse(file, 'times "ns" of each benchmark');
    }
    const ns = bench.ns.map((value: unknown) =>
      typeof value === "number" && value > 0 ? value : refuse(file, "times above 0")
    );
    return { group: textOf(file, bench, "group"), name: textOf(file, bench, "name"), ns };
  });
  return { format: 1, runtime: textOf(file, doc, "runtime"), cpu: textOf(file, doc, "cpu"), benches };
}
