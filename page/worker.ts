/**
 * The worker of the page: runs the model at the speed that the page asks for. It sends nothing by itself, so a page
 * that is hidden or slow is never flooded; the page asks once a frame.
 */
import { Lab } from "../src/live/lab.ts";
import type { Order, Report } from "../src/live/messages.ts";
import type { LiveSetup } from "../src/live/setup.ts";

/** Sections between two looks at the clock. */
const CHUNK = 2048;
/** Longest time without listening to the page, in ms. */
const SLICE_MS = 10;
/** Time that is made up for when the worker was held up, in ms. */
const BEHIND_MS_MAX = 100;
/** Columns of the strip a second: one a frame. */
const COLUMNS_A_SECOND = 60;
/** Time over which the speed reached is measured, in ms. */
const MEASURE_MS = 500;

let lab: Lab | null = null;
let setup: LiveSetup | null = null;
let run = 0;
let speed = 1000;
let playing = false;
let scheduled = false;
let owed = 0;
let lastMs = 0;
let measuredMs = 0;
let measuredSections = 0;
let reached = 0;

function send(report: Report): void {
  self.postMessage(report);
}

function sectionsPerColumn(): number {
  return Math.max(1, Math.round(speed / COLUMNS_A_SECOND));
}

function build(next: LiveSetup, number: number, toStorm: boolean): void {
  setup = next;
  run = number;
  try {
    lab = new Lab(next, number, sectionsPerColumn());
    if (toStorm) lab.runToStorm();
  } catch (error) {
    lab = null;
    send({ report: "refused", message: error instanceof Error ? error.message : String(error) });
  }
  owed = 0;
  lastMs = measuredMs = performance.now();
  measuredSections = 0;
}

/** Runs what is due since the last time, then yields to the page's orders. */
function advance(): void {
  scheduled = false;
  if (!playing || lab === null) return;
  const startMs = performance.now();
  owed = Math.min(owed + speed * (startMs - lastMs) / 1000, speed * BEHIND_MS_MAX / 1000);
  lastMs = startMs;
  while (owed >= 1 && performance.now() - startMs < SLICE_MS) {
    const part = Math.min(CHUNK, Math.floor(owed));
    lab.run(part);
    owed -= part;
    measuredSections += part;
  }
  const overMs = performance.now() - measuredMs;
  if (overMs >= MEASURE_MS) {
    reached = measuredSections * 1000 / overMs;
    measuredMs += overMs;
    measuredSections = 0;
  }
  schedule();
}

function schedule(): void {
  if (scheduled || !playing) return;
  scheduled = true;
  setTimeout(advance, 4);
}

function show(): void {
  if (lab === null || setup === null) return;
  const state = lab.state();
  send({ report: "state", state, reached });
  if (state.over && playing) build(setup, run + 1, false); // the load is over: the next run of the same set-up
}

function obey(order: Order): void {
  switch (order.order) {
    case "start":
      build(order.setup, 0, order.toStorm);
      break;
    case "speed":
      speed = order.speed;
      owed = 0;
      if (lab !== null) lab.sectionsPerColumn = sectionsPerColumn();
      break;
    case "play":
      playing = order.playing;
      lastMs = measuredMs = performance.now();
      measuredSections = owed = 0;
      break;
    case "step":
      lab?.step();
      break;
    case "show":
      show();
      break;
  }
  schedule();
}

self.onmessage = (event: MessageEvent<Order>) => obey(event.data);
