/**
 * What was probably meant.
 */

/** Letters in which what was meant may differ. */
const LETTERS_MAX = 2;

/** A hint at the option that was probably meant: one that differs in two letters at most, and not in all of them. */
export function nearest(argument: string, names: readonly string[]): string {
  const given = argument.replace(/^-+/, "").split("=")[0]!;
  const like = names.filter((name) => Math.abs(name.length - given.length) <= LETTERS_MAX)
    .map((name) => ({ name, letters: editDistance(given, name) }));
  const best = like.reduce((a, b) => b.letters < a.letters ? b : a, { name: "", letters: LETTERS_MAX + 1 });
  return best.letters <= LETTERS_MAX && best.letters < best.name.length
    ? `; did you mean --${best.name}?`
    : "";
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
