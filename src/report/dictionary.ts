/**
 * The dictionary of what tasks write, as results/README.md. It is made from the same lists as the files themselves, so
 * it cannot fall behind them.
 */
import { COLUMNS } from "../metrics/columns.ts";
import { COMPARE_COLUMNS } from "./bench_compare.ts";
import { BULK_COLUMNS, type HistogramColumn, LATENCY_COLUMNS, STREAK_COLUMNS } from "./tables.ts";

/** Fields of meta.json. */
const META_FIELDS: readonly HistogramColumn[] = [
  {
    name: "version",
    unit: "",
    meaning: "version of the model: results compare, and schedules replay, within one",
  },
  { name: "commit", unit: "", meaning: 'commit that was checked out, or "unknown"' },
  { name: "command", unit: "", meaning: "the command line, word by word" },
  { name: "recordings", unit: "", meaning: "names of the recordings of a replay, in their order" },
  { name: "question", unit: "", meaning: "what an experiment asks; expected and refutedBy stand beside it" },
  { name: "expected", unit: "", meaning: "the answer that was expected before the first run" },
  { name: "refutedBy", unit: "", meaning: "what would show that answer to be wrong" },
  { name: "axes", unit: "", meaning: "values of each axis of a sweep" },
  { name: "rule", unit: "", meaning: "when a cell of a sweep has runs enough" },
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

/** Files that another part of the project writes. */
export interface DictionarySection {
  /** Name of the file. */
  readonly file: string;
  /** What a row is. */
  readonly text: string;
  /** Its columns, in order. */
  readonly columns: readonly HistogramColumn[];
}

function sectionText({ file, text, columns }: DictionarySection): string {
  return `\n## ${file}\n\n${text}\n\n${table(columns)}\n`;
}

/**
 * The text of results/README.md.
 *
 * @param more Files of parts that this one does not know.
 */
export function resultsDictionary(more: readonly DictionarySection[] = []): string {
  return `# What the files say

\`deno task fuzz --out DIR\` writes five files. The same options give the same bytes on every machine, except for the
commit in meta.json. A row is written when its run has ended. Quotes and commas inside fields are escaped as in
RFC 4180, lines end in a plain newline, a dot separates decimals, and an empty field means that there is nothing to say.

\`deno task sweep\` writes the same but with one more column in front, \`cell\`: the number of the combination of the
axes' values, from 0 on, the last axis fastest. cells.csv has a row a cell. With \`--sensitivity\` the axis \`costs\`
is low, nominal or high: the end of every cost's uncertainty that the cell was run with.

This page is generated: \`deno task dictionary\` writes it.

## runs.csv

One row a run. Times are virtual: they mean something under the virtual scheduler, and only order under the random one.

${table(COLUMNS)}

## latency.csv

Histograms of times, one row for each bucket that is not empty. Values below 32 ns have a bucket each; above, a bucket
is at most 3.2 % wide. Histograms of several runs add up bucket by bucket.

${table(LATENCY_COLUMNS)}

## kfree_bulk.csv

Histograms of how many pointers a block held when it was freed, or a sheaf when its objects were, one row for each
bucket that is not empty.

${table(BULK_COLUMNS)}

## miss_streaks.csv

Histograms of how many requests for a block's page failed in a row on one CPU: the length of miss storms, one row for
each bucket that is not empty.

${table(STREAK_COLUMNS)}

## meta.json

${table(META_FIELDS)}

## compare.csv

\`deno task bench --compare BASE\` writes it: the host's time of each benchmark beside that of the base.

${table(COMPARE_COLUMNS)}
${more.map(sectionText).join("")}
## reference/

A folder for each experiment at small size, with the files above and \`report.html\`, and \`hit_rate.svg\`, a picture
for the README. \`deno task reference\` makes them again; the bytes are the same on every machine, and CI compares them.
`;
}
