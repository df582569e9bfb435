/**
 * The dictionary of what a fuzz session writes, as results/README.md. It is made from the same lists as the files
 * themselves, so it cannot fall behind them.
 */
import { COLUMNS } from "../metrics/columns.ts";
import { BULK_COLUMNS, type HistogramColumn, LATENCY_COLUMNS } from "./tables.ts";

/** Fields of meta.json. */
const META_FIELDS: readonly HistogramColumn[] = [
  {
    name: "version",
    unit: "",
    meaning: "version of the model: results compare, and schedules replay, within one",
  },
  { name: "commit", unit: "", meaning: 'commit that was checked out, or "unknown"' },
  { name: "command", unit: "", meaning: "the command line, word by word" },
  {
    name: "options",
    unit: "",
    meaning:
      "all options of the first run, the machine among them; those of later runs differ as their rows say",
  },
];

/** A Markdown table of columns. */
function table(columns: readonly HistogramColumn[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = columns.map(({ name, unit, meaning }) => `| \`${name}\` | ${unit} | ${cell(meaning)} |`);
  return ["| name | unit | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The text of results/README.md. */
export function resultsDictionary(): string {
  return `# What the files say

\`deno task fuzz --out DIR\` writes four files. The same options give the same bytes on every machine, except for the
commit in meta.json. A row is written when its run has ended. Quotes and commas inside fields are escaped as in
RFC 4180, lines end in a plain newline, a dot separates decimals, and an empty field means that there is nothing to say.

This page is generated: \`deno task dictionary\` writes it.

## runs.csv

One row a run. Times are virtual: they mean something under the virtual scheduler, and only order under the random one.

${table(COLUMNS)}

## latency.csv

Histograms of times, one row for each bucket that is not empty. Values below 32 ns have a bucket each; above, a bucket
is at most 3.2 % wide. Histograms of several runs add up bucket by bucket.

${table(LATENCY_COLUMNS)}

## kfree_bulk.csv

Histograms of how many pointers a block held when it was freed, one row for each bucket that is not empty.

${table(BULK_COLUMNS)}

## meta.json

${table(META_FIELDS)}
`;
}
