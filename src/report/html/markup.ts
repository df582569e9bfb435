/**
 * Pieces of HTML: everything that comes from a file is escaped here.
 */

/** Text as HTML. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

/** A table: the first column heads its rows. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Rows from which a table is folded up. */
const FOLD_ROWS = 12;

/** The table as HTML; a long one can be unfolded, and is whole in print. */
export function tableHtml({ caption, head, rows }: Table): string {
  const cells = (row: readonly string[]) =>
    row.map((text, i) => i === 0 ? `<th scope="row">${escape(text)}</th>` : `<td>${escape(text)}</td>`).join(
      "",
    );
  const table = [
    '<div class="scroll" tabindex="0" role="group" aria-label="' + escape(caption) + '">',
    "<table>",
    `<thead><tr>${head.map((text) => `<th scope="col">${escape(text)}</th>`).join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map((row) => `<tr>${cells(row)}</tr>`),
    "</tbody></table></div>",
  ].join("\n");
  const open = rows.length <= FOLD_ROWS ? " open" : "";
  return `<details${open}><summary>${escape(caption)}</summary>\n${table}\n</details>`;
}

/** A section of the page. */
export interface Section {
  /** Name in addresses. */
  readonly id: string;
  readonly title: string;
  /** What is shown and how to read it. */
  readonly text: string;
  /** Charts as SVG. */
  readonly charts: readonly string[];
  /** What the charts' colours and signs mean, as HTML. */
  readonly legend: string;
  readonly table: Table;
}

/** The section as HTML. */
export function sectionHtml({ id, title, text, charts, legend, table }: Section): string {
  return [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${escape(title)}</h2>`,
    `<p>${escape(text)}</p>`,
    legend,
    charts.length === 0
      ? ""
      : `<div class="charts">\n${charts.map((c) => `<figure>${c}</figure>`).join("\n")}\n</div>`,
    tableHtml(table),
    "</section>",
  ].filter((part) => part !== "").join("\n");
}

/** A share as per cent. */
export function percent(share: number | null, digits = 2): string {
  return share === null ? "" : `${(100 * share).toFixed(digits)} %`;
}

/** How much of the memory was filled, as a short per cent. */
export function filledText(pressure: string | undefined): string {
  return `${trimmed(100 * Number(pressure))} %`;
}

/** A time in the unit that suits it. */
export function timeText(ns: number | null): string {
  if (ns === null) return "";
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${trimmed(ns / 1e3)} µs`;
  return ns < 1e9 ? `${trimmed(ns / 1e6)} ms` : `${trimmed(ns / 1e9)} s`;
}

/** Three digits, no zeros at the end. */
export function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A whole number with thin gaps. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
