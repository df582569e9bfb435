/**
 * What was probably meant.
 */

/** A hint at the option that was probably meant: one that differs in two letters at most, and not in all of them. */
export function nearest(argument: string, names: readonly string[]): string {
  const given = argument.replace(/^-+/, "").split("=")[0]!;
  const score = (name: string) => editDistance(given, name);
  const best = names.reduce((a, b) => score(b) < score(a) ? b : a);
  return score(best) <= 2 && score(best) < best.length ? `; did you mean --${best}?` : "";
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
