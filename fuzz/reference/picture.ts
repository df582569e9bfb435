/**
 * A chart of a report as a picture of its own, for a README: it follows the reader's light or dark scheme.
 */
import { heatMaps } from "../../src/report/html/heat_map.ts";
import { cellsOf } from "../../src/report/result_cells.ts";
import type { ResultRow } from "../../src/report/result_files.ts";

const STYLE = "<style>svg{color:#1b2430;font-family:system-ui,sans-serif}" +
  ".title{font-size:13px;font-weight:600;fill:currentColor}" +
  "@media(prefers-color-scheme:dark){svg{color:#e8ecf1}}</style>";

/**
 * The heat map of blocks that got a page.
 *
 * @throws Error when the runs have none.
 */
export function hitRatePicture(runs: readonly ResultRow[]): string {
  const chart = heatMaps(cellsOf(runs))?.charts.find((svg) => svg.includes(": blocks"));
  if (chart === undefined) throw new Error("Cannot draw the hit rate: the runs have one size of the lists");
  const open = /^<svg[^>]*>/.exec(chart)![0];
  const named = open.includes("xmlns=")
    ? open
    : open.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return named + STYLE + chart.slice(open.length) + "\n";
}
