/**
 * What is odd about a trace.
 */
import type { ReplayResult, TraceKindName, TraceSummary } from "../../mod.ts";
import { sumOf } from "../../src/replay/replay_tables.ts";
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
  for (const missing of missingEvents(result, summary)) console.error(`Warning: ${name}${missing}`);
  for (const [count, what] of warnings) if (count > 0) console.error(`Warning: ${name}${count} ${what}`);
}

/** Events that must have happened and are not in the trace: most likely they were not recorded. */
function missingEvents(result: ReplayResult, { events }: TraceSummary): string[] {
  const missing: string[] = [];
  const check = (name: TraceKindName, isExpected: boolean, what: string) => {
    if (isExpected && events[name] === 0) missing.push(`there are no ${name} events, so ${what}`);
  };
  check("mm_page_alloc", true, "nothing leaves the lists");
  check("mm_page_free", true, "nothing comes back to the lists");
  const isTold = result.recordedFrom === "GT lines";
  const expects = (move: "refills" | "drains") => !isTold && sumOf(result, move, "predicted") > 0;
  check(
    "mm_page_alloc_zone_locked",
    expects("refills"),
    "recorded refills are not known, and 0 in the tables",
  );
  check("mm_page_pcpu_drain", expects("drains"), "recorded drains are not known, and 0 in the tables");
  return missing;
}
