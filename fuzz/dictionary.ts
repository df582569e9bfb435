/**
 * `deno task dictionary`: writes results/README.md, the columns of every file that a task writes, and the schemas of
 * configuration files in docs/schema.
 */
import { FUZZ_CONFIG } from "./arguments.ts";
import { schemaText } from "./command/schema.ts";
import { CROSS_CHECK_COLUMNS } from "./replay/cross_check.ts";
import { REPLAY_CONFIG } from "./replay/arguments.ts";
import { REPLAY_HELP } from "./replay/usage.ts";
import { SWEEP_CONFIG } from "./sweep/arguments.ts";
import { SWEEP_HELP } from "./sweep/usage.ts";
import { FUZZ_HELP } from "./usage.ts";
import { EXIT, reportError } from "./command/exit.ts";
import { writeFile } from "./command/guarded.ts";
import { pathOf } from "./command/path_of.ts";
import { readOptions } from "./command/read_options.ts";
import { COLUMNS } from "../mod.ts";
import { type HistogramColumn } from "../src/report/tables.ts";
import { REPLAY_HEADER, WHAT_IF_HEADER } from "../src/replay/replay_tables.ts";
import { resultsDictionary } from "../src/report/dictionary.ts";
import { CELL_COLUMNS } from "../src/sweep/tables.ts";

/** What a replay says of a zone and CPU, by name. */
const PLACES: Readonly<Record<string, string>> = {
  recording: "name of the recording",
  cpu: "CPU",
  node: "NUMA node of the zone",
  zone: "zone",
};
/** What it counts. */
const COUNTS: Readonly<Record<string, string>> = {
  refills: "refills of the CPU's lists",
  refill_pages: "pages that refills brought",
  drains: "drains of the CPU's lists",
  drain_pages: "pages that drains took",
  served: "pages that the lists gave",
};
/** Whose count it is. */
const SOURCES: Readonly<Record<string, string>> = {
  predicted: "as the model predicts, without looking at these lines of the trace",
  imagined: "on the machine that was imagined",
  recorded: "as the trace has it",
};

/** Columns of a header, each with its meaning; one that has none is an error, so the dictionary cannot fall behind. */
function columnsOf(header: string): HistogramColumn[] {
  return header.trimEnd().split(",").map((name) => {
    const split = name.lastIndexOf("_");
    const [count, source] = [COUNTS[name.slice(0, split)], SOURCES[name.slice(split + 1)]];
    const meaning = PLACES[name] ??
      (count === undefined || source === undefined ? undefined : `${count}, ${source}`);
    if (meaning === undefined) {
      throw new Error(`Cannot write the dictionary: no meaning for the column ${name}`);
    }
    return { name, unit: name.includes("pages") ? "pages" : "", meaning };
  });
}

/** What a column of cross_check.csv says. */
function crossCheckMeaning(name: typeof CROSS_CHECK_COLUMNS[number]): string {
  const sides: Readonly<Record<string, string>> = {
    from: "name of the recording that is replayed",
    to: "name of the recording whose lists it is replayed with",
    from_size: "pcp high/batch of each zone in the first one",
    to_size: "pcp high/batch of each zone in the second one",
  };
  const [, count, side] = /^(refills|drains)_(?:per_1000_)?(imagined|recorded|off_percent)$/.exec(name) ?? [];
  if (count === undefined || side === undefined) return sides[name]!;
  if (side === "off_percent") {
    return `how much more ${count} are imagined than recorded, in per cent; empty for none recorded`;
  }
  const each = name.includes("per_1000") ? " for 1000 order-0 allocations" : "";
  return `${count} of all CPUs${each}, as ${side} ${
    side === "recorded" ? "in the second one" : "from the first one"
  }`;
}

/** Columns of cells.csv: between the cell and its seeds stands one for each axis of the sweep, under the axis' name. */
function cellColumns(): HistogramColumn[] {
  return CELL_COLUMNS.map((name) => {
    if (name === "cell") {
      return { name, unit: "", meaning: "number of the cell; the axes of the sweep follow" };
    }
    if (name === "seeds") return { name, unit: "", meaning: "runs of the cell" };
    const figure = name.replace(/_ci$/, "");
    const unit = COLUMNS.find((column) => column.name === figure)!.unit;
    return name === figure
      ? { name, unit, meaning: `mean of ${figure} (runs.csv) over the runs of the cell that have one` }
      : { name, unit, meaning: "half the width of its 95 % interval, by Student's t" };
  });
}

/** The text of results/README.md. */
export function wholeDictionary(): string {
  return resultsDictionary([
    { file: "cells.csv", text: "`deno task sweep` writes it: a row for each cell.", columns: cellColumns() },
    {
      file: "coverage.csv",
      text:
        "`deno task fuzz --coverage` writes it: sections, the branches that their text names, and pairs of reached\n" +
        "sections that touch a struct in common. A run that fails leaves its line with the whole schedule in\n" +
        "`failure.txt`, and the smallest case of it in `smallest.txt` (`--shrink`); `--replay` takes both files.",
      columns: [
        { name: "what", unit: "", meaning: "section, branch or pair" },
        { name: "from", unit: "", meaning: "the section; of a pair the one that ran first, of another task" },
        { name: "to", unit: "", meaning: "where the branch goes, or the second section of the pair" },
        { name: "runs", unit: "", meaning: "runs that reached it" },
      ],
    },
    {
      file: "replay.csv",
      text: "`deno task replay` writes it: one row for each recording, zone and CPU.",
      columns: columnsOf(REPLAY_HEADER),
    },
    {
      file: "what_if.csv",
      text:
        "`deno task replay` writes it when another machine is imagined: one row for each recording, zone and CPU.",
      columns: columnsOf(WHAT_IF_HEADER),
    },
    {
      file: "cross_check.csv",
      text: "`deno task replay A B... --cross-check` writes it: one row for each pair of recordings.",
      columns: CROSS_CHECK_COLUMNS.map((name) => ({ name, unit: "", meaning: crossCheckMeaning(name) })),
    },
  ]);
}

/** Schemas of configuration files by task. */
export const SCHEMAS: Readonly<Record<string, string>> = {
  fuzz: schemaText(FUZZ_CONFIG, FUZZ_HELP),
  replay: schemaText(REPLAY_CONFIG, REPLAY_HELP),
  sweep: schemaText(SWEEP_CONFIG, SWEEP_HELP),
};

const DICTIONARY_HELP = `deno task dictionary

Writes what is made of lists in the sources: results/README.md, the dictionary of all columns, and the schemas of
configuration files in docs/schema.

  --help   this text

Exit code: 0 written, 2 wrong call, 3 a file cannot be written, 4 internal error.

Example
  deno task dictionary
`;

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    if (readOptions(argv, [], ["help"]).help === true) console.log(DICTIONARY_HELP);
    else {
      writeFile(pathOf("../results/README.md", import.meta.url), wholeDictionary());
      for (const [name, text] of Object.entries(SCHEMAS)) {
        writeFile(pathOf(`../docs/schema/${name}.json`, import.meta.url), text);
      }
    }
    return EXIT.fine;
  } catch (error) {
    return reportError("dictionary", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
