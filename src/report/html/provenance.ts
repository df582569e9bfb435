/**
 * What a report's figures come from: the exact command, seeds, version, commit, and the machine.
 */
import { type Cell, valuesOf, variedAxes } from "../result_cells.ts";
import { escape, grouped, type Table, tableHtml } from "./markup.ts";

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** A value of a file as text: an object of a file may have a toString of its own. */
export const plain = (value: unknown): string =>
  typeof value === "string" ? value : isObject(value) ? JSON.stringify(value) : String(value);

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words of meta.json's command line, as they can be pasted. */
export function commandOf(meta: Fields): readonly string[] {
  const { command } = meta;
  return Array.isArray(command) ? command.map((word) => quoted(plain(word))) : ["unknown"];
}

/** Zone names by their index, as x86-64 has them. */
const ZONES = ["DMA", "DMA32", "Normal", "Movable"];

function machineTable(meta: Fields): Table | null {
  const options = isObject(meta.options) ? meta.options : {};
  const { geometry } = options;
  if (!isObject(geometry) || !Array.isArray(geometry.zones)) return null;
  const text = (value: unknown) =>
    value === null || value === undefined
      ? "by formula"
      : Array.isArray(value)
      ? value.map(plain).join(" / ")
      : isObject(value)
      ? `${plain(value.high)}/${plain(value.batch)}`
      : typeof value === "number"
      ? grouped(value)
      : plain(value);
  const cpus = Array.isArray(geometry.cpuNodes) ? geometry.cpuNodes.length : 0;
  const nodes = Array.isArray(geometry.distance) ? geometry.distance.length : 1;
  return {
    caption: `Machine: ${cpus} CPUs, ${nodes} node${nodes === 1 ? "" : "s"}, sizes in pages`,
    head: ["zone", "node", "first page", "managed", "free", "min / low / high", "pcp high/batch"],
    rows: geometry.zones.filter(isObject).map((z) => [
      ZONES[typeof z.index === "number" ? z.index : -1] ?? plain(z.index),
      text(z.nid),
      text(z.startPfn),
      text(z.managed),
      z.free === null ? "all" : text(z.free),
      text(z.watermarks),
      text(z.pcp),
    ]),
  };
}

/** The closing section of the report. */
export function provenanceHtml(meta: Fields, cells: readonly Cell[]): string {
  const rows = cells.flatMap((c) => c.rows);
  const seeds = [...new Set(rows.map((r) => r.seed!))];
  const varied = variedAxes(cells);
  const fixed = Object.entries(cells[0]?.axes ?? {}).filter(([name, value]) =>
    !varied.includes(name) && value !== ""
  );
  const shown: readonly (readonly [string, string])[] = [
    ["runs", `${grouped(rows.length)} in ${grouped(cells.length)} cells`],
    [
      "seed",
      seeds.length > 8 ? `${seeds.slice(0, 8).join(", ")} and ${seeds.length - 8} more` : seeds.join(", "),
    ],
    ["version", `pcplab ${plain(meta.version ?? "unknown")}`],
    ["commit", plain(meta.commit ?? "not recorded")],
    ...varied.map((axis) => [`axis ${axis}`, valuesOf(cells, axis).join(", ")] as const),
    ...fixed,
  ];
  const machine = machineTable(meta);
  return [
    '<section aria-labelledby="provenance">',
    '<h2 id="provenance">Where the figures come from</h2>',
    `<pre tabindex="0" aria-label="Command line"><code>${
      commandOf(meta).map((word) => `<span>${escape(word)}</span>`).join(" ") // a line does not end in the dashes
    }</code></pre>`,
    `<dl>${
      shown.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join("\n")
    }</dl>`,
    machine === null ? "" : tableHtml(machine),
    "</section>",
  ].filter((part) => part !== "").join("\n");
}
