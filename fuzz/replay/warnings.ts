/**
 * What is odd about a trace.
 */
import type { Outcome } from "./run.ts";

/** What is odd about the trace, on standard error, so that it is never taken for an exact one. */
export function warn(name: string, { result, summary }: Outcome): void {
  const lost = summary.lost.reduce((sum, { events }) => sum + events, 0);
  const warnings: readonly (readonly [number, string])[] = [
    [summary.lost.length, `CPUs lost events, ${lost} at least: predictions are off from there on`],
    [summary.overwritten, "events were overwritten before the trace was read"],
    [
      summary.malformed.count,
      `lines of known events could not be read, the first is line ${summary.malformed.firstLine}`,
    ],
    [
      summary.unrecognised.count,
      `lines are no trace lines, the first is line ${summary.unrecognised.firstLine}`,
    ],
    [summary.late, "events were too far out of order to be put into place"],
    [result.unmatchedBatched, "batched frees had no mm_page_free line before them"],
    [result.contradictions.count, `events contradict earlier ones (${result.contradictions.first})`],
    [
      result.hugeEvents,
      "events are of huge pages, which the kernel has on these lists too: it refills and drains more than said here",
    ],
    [
      result.sizesDiffer.count,
      `lines print another pcp size than zoneinfo, the first is line ${result.sizesDiffer.line}`,
    ],
  ];
  for (const [count, what] of warnings) if (count > 0) console.error(`Warning: ${name}${count} ${what}`);
}
