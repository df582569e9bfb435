/**
 * What an experiment on one of the RFC's claims comes to.
 */

/** A figure of blocks beside that of the list or of waiting. */
export interface Comparison {
  /** Under which conditions. */
  readonly when: string;
  /** What is measured. */
  readonly unit: string;
  /** With blocks. */
  readonly blocks: number;
  /** Without them. */
  readonly list: number;
}

/** A claim with its verdict. */
export interface ClaimRow {
  /** Letter of the claim. */
  readonly claim: string;
  /** What it says. */
  readonly title: string;
  /** Whether it holds: under every condition that was tried, under some, or under none. */
  readonly verdict: "confirmed" | "confirmed within limits" | "not confirmed";
  /** By how much, at its best. */
  readonly by: string;
  /** Where it stops being true. */
  readonly stops: string;
  /** The figures. */
  readonly comparisons: readonly Comparison[];
}

/** Advantage below which a claim does not count as true any more. */
const MATTERS = 1.05;

/** How many times better blocks are. */
export const factorOf = (c: Comparison): number => c.list / c.blocks;

/** Text of a factor. */
export const times = (factor: number): string => `${factor.toPrecision(3)} times`;

/** Verdict from the figures: the claim is true where blocks are better by more than a trifle. */
export function judge(
  claim: string,
  title: string,
  comparisons: readonly Comparison[],
  reason: string,
): ClaimRow {
  const best = comparisons.reduce((a, b) => factorOf(b) > factorOf(a) ? b : a);
  const failing = comparisons.filter((c) => factorOf(c) < MATTERS);
  const verdict = failing.length === 0
    ? "confirmed"
    : failing.length < comparisons.length
    ? "confirmed within limits"
    : "not confirmed";
  const where = failing.map((c) => `${c.when} (${times(factorOf(c))})`).join(", ");
  const stops = failing.length === 0 ? reason : `${where}: ${reason}`;
  return { claim, title, verdict, by: `${times(factorOf(best))}, ${best.when}`, stops, comparisons };
}
