/**
 * A failing run as a kernel developer reads it: a column for each CPU, time downwards, locks and interrupts-off spans
 * as marks that run down the column, and the line from which nothing could save it.
 */
import { execute, type ExecuteOptions } from "../run/execution.ts";
import type { Machine } from "../run/machine.ts";
import { programText } from "./program_text.ts";
import type { SmallestRun } from "./shrink_run.ts";
import { type Row, Teller } from "./teller.ts";

/** Width of all columns together, and of the narrowest one. */
const WIDTH = 104, COLUMN_MIN = 30;
/** Rows that are told, the last ones: what comes before is counted. */
const ROWS_MAX = 120;

/** What a row says in its column. */
function textOf({ task, operation, labels, deviates }: Row): string {
  const who = `${deviates ? ">" : " "}${task}`;
  const [first, last] = [labels[0]!, labels.at(-1)!];
  if (labels.every((label) => label === first)) {
    return `${who}  ${operation}.${first}${labels.length > 1 ? ` x${labels.length}` : ""}`;
  }
  return `${who}  ${operation}.${first} .. ${last}`;
}

/** The lines of a table of rows. */
function table(rows: readonly Row[], cpus: number, noReturn: number): string[] {
  const width = Math.max(COLUMN_MIN, Math.floor(WIDTH / cpus) - 2);
  const cut = (text: string) => text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 2)}..`;
  const line = (step: string, cells: readonly string[]) =>
    `${step.padStart(6)}  ${cells.map(cut).join("  ").trimEnd()}`;
  const lines = [line("step", Array.from({ length: cpus }, (_, c) => `CPU ${c}`))];
  for (const row of rows) {
    if (row.step >= noReturn) {
      lines.push("------  from here on every continuation that was tried fails");
      noReturn = Infinity;
    }
    const cells = (text: string) => row.marks.map((marks, c) => c === row.cpu ? `${marks}${text}` : marks);
    lines.push(line(String(row.step + 1), cells(textOf(row))));
    for (const note of row.notes) lines.push(line("", cells(`    ${note}`)));
  }
  return lines;
}

/** What is known about smaller cases, in sentences. */
function claims({ search, noReturn, runs, sections, wasStopped }: SmallestRun): string[] {
  const lines: string[] = [];
  if (search !== null) {
    const { deviations, noneUpTo, schedules, unfinished } = search;
    const count = deviations.length;
    const what = count === 1 ? "1 deviation" : `${count} deviations`;
    lines.push(`schedule: ${what} from running tasks in turn, marked with >`);
    if (count === 0) lines.push("no failing schedule has fewer");
    else if (noneUpTo === count - 1) {
      lines.push(`no failing schedule has fewer: all ${schedules} with at most ${noneUpTo} were run`);
    } else if (noneUpTo >= 0) {
      lines.push(
        `no failing schedule has ${
          noneUpTo === 0 ? "none" : `at most ${noneUpTo}`
        }: all ${schedules} were run; of ` +
          `those with ${noneUpTo + 1}, ${unfinished} were run before the search came to its limit`,
      );
    }
    if (noReturn !== null && noReturn.continuations > 0) {
      lines.push(
        `after step ${noReturn.steps} nothing saves it: ${noReturn.continuations} continuations with at most one ` +
          "deviation were run and all fail",
      );
    }
  }
  lines.push(`the search took ${runs} runs of ${sections} sections${wasStopped ? ", its limit" : ""}`);
  return lines;
}

/** The case: machine and programs. */
function caseLines({ options }: SmallestRun, machine: Machine): string[] {
  const { geometry, programs } = options;
  const pages = geometry.zones.reduce((sum, z) => sum + z.managed, 0);
  const cpus = geometry.cpuNodes.length;
  const lines = [
    `${cpus} CPU${cpus === 1 ? "" : "s"}, ${pages} pages, blocks of ${machine.m.blockEntries}, strategy ` +
    `${options.strategy}, profile ${options.profile}${options.bugs.map((bug) => `, ${bug}`).join("")}`,
  ];
  const sizes = machine.m.caches.map((cache) => cache.size);
  if (programs === null) {
    return [
      ...lines,
      `${options.workload}: ${options.threads} threads, ${options.kfree_alloc_num} objects a loop`,
    ];
  }
  programs.threads.forEach((words, i) =>
    lines.push(`thread ${i} on CPU ${i % cpus}: ${programText(words, sizes)}`)
  );
  programs.devices.forEach((words, c) => {
    if (words !== null) lines.push(`device of CPU ${c}: ${programText(words, sizes)}`);
  });
  return lines;
}

/** The story of a shrunk run; how it was judged must be given again. */
export function runStory(smallest: SmallestRun, how: ExecuteOptions = {}): string {
  const { options, schedule, search, noReturn } = smallest;
  const noReturnStep = noReturn === null || noReturn.continuations === 0 ? Infinity : noReturn.steps;
  const deviations = new Set(search?.steps ?? []);
  let teller: Teller | undefined;
  let machine: Machine | undefined;
  const { violation } = execute(options, {
    ...how,
    ...(schedule === null ? {} : { replay: schedule }),
    prepare(built) {
      how.prepare?.(built);
      machine = built;
      teller = new Teller(built, new Set([...deviations, noReturnStep]), deviations);
    },
  });
  const { rows } = teller!;
  const told = rows.slice(-ROWS_MAX);
  const before = told.length < rows.length
    ? [`        ${rows.length - told.length} rows before are not shown`]
    : [];
  return [
    ...caseLines(smallest, machine!),
    ...claims(smallest),
    "",
    ...before,
    ...table(told, options.geometry.cpuNodes.length, noReturnStep),
    `        ${violation?.checker}: ${violation?.message}`,
    "",
    "! interrupts are off   # holds a lock   > another task than that in turn",
  ].join("\n");
}
