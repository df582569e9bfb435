/**
 * Reads what `deno bench --json` prints and what `deno task bench --save` keeps. The first is marked unstable by Deno,
 * so every field that is used is checked.
 */
import { isFields, JsonText } from "../import/json_text.ts";
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

/** The list of benchmarks of a file of the right kind. */
function benchesOf(json: JsonText, version: string, what: string): readonly unknown[] {
  const doc = json.fields();
  if (doc[version] !== 1 || !Array.isArray(doc.benches)) {
    json.fail("", what, `another version, or no "benches"`);
  }
  return doc.benches;
}

/** A field that must be a text. */
function textAt(json: JsonText, path: string, value: unknown): string {
  return typeof value === "string" ? value : json.fail(path, "a text");
}

/** The file around the benchmarks. */
function kept(json: JsonText, benches: readonly BenchRounds[]): KeptBenches {
  const { runtime, cpu } = json.fields();
  return { format: 1, runtime: textAt(json, "runtime", runtime), cpu: textAt(json, "cpu", cpu), benches };
}

/**
 * One round as `deno bench --json` printed it; a benchmark that failed is an error.
 *
 * @param file What to call the input in a message.
 * @throws ImportError when it is something else.
 */
export function parseRound(text: string, file: string): KeptBenches {
  const json: JsonText = new JsonText("rounds", text, file);
  const benches = benchesOf(json, "version", "the output of deno bench --json, version 1");
  return kept(
    json,
    benches.map((bench, i): BenchRounds => {
      const path = `benches/${i}`;
      if (!isFields(bench)) json.fail(path, "an object");
      const name = textAt(json, `${path}/name`, bench.name);
      if (!Array.isArray(bench.results)) json.fail(`${path}/results`, "a list");
      const result: unknown = bench.results[0];
      const ok = isFields(result) ? result.ok : undefined;
      if (!isFields(ok) || typeof ok.min !== "number" || !(ok.min > 0)) {
        json.fail(`${path}/results`, "of a benchmark that ran");
      }
      return { group: typeof bench.group === "string" ? bench.group : "", name, ns: [ok.min] };
    }),
  );
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
 * @throws ImportError when the text is something else.
 */
export function parseKept(text: string, file: string): KeptBenches {
  const json: JsonText = new JsonText("rounds", text, file);
  const benches = benchesOf(json, "format", "measurements that deno task bench --save has kept");
  return kept(
    json,
    benches.map((bench, i): BenchRounds => {
      const path = `benches/${i}`;
      if (!isFields(bench)) json.fail(path, "an object");
      const { ns } = bench;
      if (!Array.isArray(ns) || ns.length === 0) json.fail(`${path}/ns`, "a list of times");
      ns.forEach((value: unknown, k) => {
        if (typeof value !== "number" || !(value > 0)) json.fail(`${path}/ns/${k}`, "a time above 0");
      });
      return {
        group: textAt(json, `${path}/group`, bench.group),
        name: textAt(json, `${path}/name`, bench.name),
        ns,
      };
    }),
  );
}
