/**
 * A benchmark case as data: registered with Deno.bench at full size, run once at smoke size by the tests, so that
 * benchmarks cannot rot. Each case returns a number that depends on all its work, so that none of it can be left out.
 */

/** How large inputs are. */
export type Size = "smoke" | "full";

/** One case. */
export interface Case {
  /** Question it belongs to, then its parameters. */
  readonly name: string;
  /** Cases that are compared with each other. */
  readonly group: string;
  /** The one that others are compared with. */
  readonly baseline: boolean;
  /** Does the work once; the result depends on all of it. */
  readonly run: () => number;
}

/** Registers cases with `deno bench`. */
export function register(cases: readonly Case[]): void {
  for (const { name, group, baseline, run } of cases) {
    Deno.bench({
      name,
      group,
      baseline,
      fn: () => void run(),
    });
  }
}
