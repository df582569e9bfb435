/**
 * A report as one page that needs nothing else: no script, no network, the same bytes for the same results.
 */
import { askingCells, cellsOf, valuesOf } from "../result_cells.ts";
import type { BucketRow, ResultRow } from "../result_files.ts";
import { bulkSizes } from "./bulk_sizes.ts";
import type { FidelityRow } from "../fidelity_row.ts";
import { fidelitySection } from "./fidelity.ts";
import { heatMaps } from "./heat_map.ts";
import { latencyCdfs } from "./latency_cdf.ts";
import { escape, grouped, type Section, sectionHtml } from "./markup.ts";
import { plain, provenanceHtml } from "./provenance.ts";
import { rateCurves } from "./rate_curves.ts";
import { stormLengths } from "./storm_lengths.ts";
import { strategyTable } from "./strategy_table.ts";
import { REPORT_STYLE } from "./style.ts";

/** The results that a report is about. */
export interface Results {
  /** Name of the result folder. */
  readonly name: string;
  /** Rows of runs.csv. */
  readonly runs: readonly ResultRow[];
  /** Rows of latency.csv and kfree_bulk.csv. */
  readonly latency: readonly BucketRow[];
  readonly bulk: readonly BucketRow[];
  /** Rows of miss_streaks.csv, none when there is no such file. */
  readonly streaks: readonly BucketRow[];
  /** meta.json. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Figures beside recordings, null for none. */
  readonly fidelity: readonly FidelityRow[] | null;
}

/** Results that do not hold what a report needs. */
export class NothingToReport extends Error {
  override name = "NothingToReport";
}

/**
 * The report as HTML.
 *
 * @throws NothingToReport when there is no run.
 */
export function reportHtml({ name, runs, latency, bulk, streaks, meta, fidelity }: Results): string {
  const cells = cellsOf(runs);
  if (cells.length === 0) {
    throw new NothingToReport(`${name}: expected at least one run in runs.csv, got none`);
  }
  // a run that was killed may have left histograms and no row
  const strategies = [
    ...new Set([...valuesOf(cells, "strategy"), ...[...latency, ...bulk].map((r) => r.strategy)]),
  ];
  const asking = askingCells(cells);
  const sections = [
    strategyTable(cells, latency, bulk),
    heatMaps(asking),
    rateCurves(asking, strategies),
    stormLengths(
      asking,
      streaks.filter((r) => asking.some((c) => c.axes.strategy === r.strategy)),
      strategies,
    ),
    latencyCdfs(latency, strategies),
    bulkSizes(bulk, strategies),
    fidelity === null ? null : fidelitySection(fidelity),
  ].filter((section): section is Section => section !== null);
  // a sweep of one's own axes comes with none
  const asked = ([["question", ""], ["expected", "Expected: "], ["refutedBy", "Refuted by: "]] as const)
    .flatMap(([field, lead]) =>
      typeof meta[field] === "string" && meta[field] !== "" ? [`<p>${lead}${escape(meta[field])}</p>`] : []
    );
  const links = [...sections, { id: "provenance", title: "Where the figures come from" }];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escape(name)}: pcplab report</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escape(name)}</h1>
<p class="lead">${grouped(runs.length)} runs in ${grouped(cells.length)} cells, ${
    strategies.map(escape).join(", ")
  }; pcplab ${escape(plain(meta.version ?? ""))}</p>
${asked.join("\n")}
<nav aria-label="Sections"><ul>
${links.map(({ id, title }) => `<li><a href="#${id}">${escape(title)}</a></li>`).join("\n")}
</ul></nav>
</header>
${sections.map(sectionHtml).join("\n")}
${provenanceHtml(meta, cells)}
</main>
</body>
</html>
`;
}
