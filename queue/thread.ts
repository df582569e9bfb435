/**
 * Makes one run per message in a thread of its own, so that the queue's locks are renewed while it computes.
 */
/// <reference lib="deno.worker" />
import type { RunOptions } from "../mod.ts";
import { runCell } from "../src/sweep/cell_run.ts";

self.onmessage = ({ data: options }: MessageEvent<RunOptions>) => {
  self.postMessage(runCell(0, options, options.run));
};
