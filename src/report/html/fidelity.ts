/**
 * What the model predicts beside what a real kernel was recorded to do.
 */
import { dot, type Mark, ruleX, ruleY } from "../../deps/plot.ts";
import { isFields, JsonText } from "../../import/json_text.ts";
import type { FidelityRow } from "../fidelity_row.ts";
import { chartSvg } from "./chart.ts";
import { type Section, trimmed } from "./markup.ts";

/** Rows of one chart: more are hard to read on a phone. */
const ROWS_A_CHART = 12;
/** Letters of a name on the axis. */
const NAME_MAX = 36;

/**
 * Reads what `deno task fidelity --json` prints: a list of figures, or an object that has one.
 *
 * @throws ImportError when it is something else.
 */
export function readFidelity(text: string, file: string): FidelityRow[] {
  const json: JsonText = new JsonText("fidelity.json", text, file);
  const lists = isFields(json.value) ? Object.entries(json.value) : [];
  const [at, list] = Array.isArray(json.value)
    ? ["", json.value]
    : lists.find((l) => Array.isArray(l[1])) ?? [];
  if (!Array.isArray(list)) json.fail("", "a list of figures, as deno task fidelity --json prints");
  return list.map((row: unknown, i) => {
    const path = at === "" ? String(i) : `${at}/${i}`;
    if (!isFields(row)) json.fail(path, "an object");
    const number = (name: string) => {
      const value = row[name];
      return typeof value === "number" ? value : json.fail(`${path}/${name}`, "a number");
    };
    return {
      name: typeof row.name === "string" ? row.name : json.fail(`${path}/name`, "a text"),
      predicted: number("predicted"),
      recorded: typeof row.recorded === "string" ? row.recorded : number("recorded"),
      low: number("low"),
      high: number("high"),
      inBand: row.inBand === true,
    };
  });
}

/** What a prediction is a multiple of: the recording, or the middle of its band. */
function recordedOf({ recorded, low, high }: FidelityRow): number {
  return typeof recorded === "number" ? recorded : (low + high) / 2;
}

function chartOf(rows: readonly FidelityRow[], number: number): string {
  const short = (name: string) => name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name;
  const shown = rows.map((r) => ({
    name: short(r.name),
    predicted: r.predicted / recordedOf(r),
    low: r.low / recordedOf(r),
    high: r.high / recordedOf(r),
    inBand: r.inBand,
  }));
  const side = (inBand: boolean): Mark => {
    const colour = inBand ? "var(--s0)" : "var(--s1)";
    const own = shown.filter((r) => r.inBand === inBand);
    return dot(own, {
      x: "predicted",
      y: "name",
      fill: colour,
      stroke: colour,
      r: 4.5,
      symbol: inBand ? "circle" : "times",
    });
  };
  return chartSvg({
    title: `Predicted / recorded, ${number}`,
    description: `${rows.filter((r) => r.inBand).length} of ${rows.length} figures are in their bands.`,
    height: 84 + 22 * rows.length,
    marginLeft: 212,
    x: { label: "predicted / recorded", grid: true, ticks: 4 },
    y: { type: "point", domain: shown.map((r) => r.name), label: null },
    marks: [
      ruleX([1]),
      ruleY(shown, { y: "name", x1: "low", x2: "high", stroke: "var(--soft)", strokeWidth: 5 }),
      side(true),
      side(false),
    ],
  });
}

/** The section. */
export function fidelitySection(rows: readonly FidelityRow[]): Section {
  const drawn = rows.filter((r) => recordedOf(r) !== 0 && Number.isFinite(r.low + r.high));
  const charts = [];
  for (let from = 0; from < drawn.length; from += ROWS_A_CHART) {
    charts.push(chartOf(drawn.slice(from, from + ROWS_A_CHART), charts.length + 1));
  }
  return {
    id: "fidelity",
    title: "The model beside a real kernel",
    text:
      "Each figure's prediction as a multiple of the recording. The grey bar is the band that the recordings allow; " +
      "a circle is inside, a cross outside. Figures whose recording is 0 are in the table only.",
    charts,
    legend: "",
    table: {
      caption: "Predicted and recorded",
      head: ["figure", "predicted", "recorded", "band from", "to", "in band"],
      rows: rows.map((r) => [
        r.name,
        trimmed(r.predicted),
        typeof r.recorded === "number" ? trimmed(r.recorded) : r.recorded,
        trimmed(r.low),
        trimmed(r.high),
        r.inBand ? "yes" : "no",
      ]),
    },
  };
}
