/**
 * `--timeline FILE`: a run again, drawn as a file that Perfetto, chrome://tracing and speedscope open.
 */
import { execute, type ExecuteOptions } from "../src/run/execution.ts";
import type { RunOptions } from "../src/run/options.ts";
import { Timeline } from "../src/timeline/timeline.ts";
import { timelineJson } from "../src/timeline/trace_events.ts";
import { VERSION } from "../mod.ts";
import { UsageError } from "./command/exit.ts";
import { writeFile } from "./command/guarded.ts";
import { nameIn, probeFile } from "./command/probe.ts";
import { SESSION_FILES } from "./output.ts";

/** What is to be drawn. */
export interface TimelineRequest {
  /** File to write. */
  readonly file: string;
  /** Most sections to draw: the first ones of a run, the last ones before a failure. */
  readonly sections: number;
}

/**
 * Checks that a timeline can be written when the session in a folder is over, and takes the place of none of its files.
 *
 * @throws OutputError, UsageError when not.
 */
export function checkTimeline({ file }: TimelineRequest, out: string): void {
  if (SESSION_FILES.includes(nameIn(out, file) ?? "")) {
    throw new UsageError(`Cannot use --timeline: expected another file than those of --out, got "${file}"`);
  }
  probeFile(file, out);
}

/**
 * Runs once more and writes the timeline. Of a run that fails the last sections are drawn, for they are about it.
 *
 * @param steps Sections that the run had, and whether it failed.
 * @throws OutputError when the file cannot be written.
 */
export function drawTimeline(
  request: TimelineRequest,
  options: RunOptions,
  how: ExecuteOptions,
  { steps, failed }: { readonly steps: number; readonly failed: boolean },
): void {
  const from = failed ? Math.max(0, steps - request.sections) : 0;
  let timeline: Timeline | undefined;
  execute(options, {
    ...how,
    prepare(machine) {
      how.prepare?.(machine);
      timeline = new Timeline(machine, { from, sections: request.sections });
    },
  });
  const { seed, run, scheduler, strategy, profile } = options;
  const about = {
    tool: "pcplab",
    version: VERSION,
    seed,
    run,
    scheduler,
    strategy,
    profile,
    firstSection: from,
  };
  writeFile(request.file, timelineJson(timeline!.finish(), about));
}
