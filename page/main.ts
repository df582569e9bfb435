/**
 * The page: orders for the worker, and one drawing a frame of what it answers.
 */
/// <reference lib="dom" />
import type { Order, Report } from "../src/live/messages.ts";
import type { LiveState } from "../src/live/lab.ts";
import { liveArguments, type LiveSetup, PRESETS } from "../src/live/setup.ts";
import { STRATEGIES } from "../src/live/strategies.ts";
import { Controls } from "./controls.ts";
import { Figures, grouped, sentenceOf } from "./figures.ts";
import { Lane } from "./lane.ts";
import { onSchemeChange, readPalette } from "./palette.ts";

/** Slowest and fastest speed of the slider, in sections a second. */
const SPEED_MIN = 10, SPEED_MAX = 3_000_000;
/** CPUs from which lanes stand side by side. */
const MANY_CPUS = 5;
/** Milliseconds between two sentences, so that a screen reader can follow. */
const SENTENCE_MS = 700;

const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const worker = new Worker("worker.js", { type: "module" });
const tell = (order: Order) => worker.postMessage(order);

let palette = readPalette();
let setup: LiveSetup = PRESETS[0]!.setup;
let lanes: Lane[] = [];
let playing = true;
let speed = PRESETS[0]!.speed;
let chosenPreset: number | null = 0;
let waiting = false;
let latest: { readonly state: LiveState; readonly reached: number } | null = null;
let drawn = 0;
let drawnSinceMs = performance.now();
let sentenceMs = -Infinity;

const figures = new Figures(byId("figures"), byId("storms"));
const controls = new Controls(byId<HTMLFormElement>("controls"), STRATEGIES, (next) => start(next, null));

/** The command line, with each option whole: a line may not end between its dashes. */
function showCommand(command: string): void {
  const options = command.split(/ (?=--)/).map((option) => {
    const span = document.createElement("span");
    span.textContent = option;
    return span;
  });
  byId("command").replaceChildren(...options.flatMap((span, i) => i === 0 ? [span] : [" ", span]));
}

/** Starts over with a set-up; `preset` is its number when a button chose it. */
function start(next: LiveSetup, preset: number | null): void {
  setup = next;
  chosenPreset = preset;
  waiting = false; // a machine that was refused never answered
  const chosen = preset === null ? null : PRESETS[preset]!;
  for (const [i, button] of [...byId("presets").children].entries()) {
    button.setAttribute("aria-pressed", String(i === preset));
  }
  byId("says").textContent = chosen === null ? "A set-up of your own." : chosen.says;
  showCommand(["deno task fuzz", ...liveArguments(next)].join(" "));
  lanes = Array.from({ length: next.cpus }, (_, cpu) => new Lane(cpu));
  byId("lanes").replaceChildren(...lanes.map((lane) => lane.element));
  byId("lanes").dataset.many = String(next.cpus >= MANY_CPUS);
  latest = null;
  tell({ order: "start", setup: next, toStorm: chosen?.toStorm ?? false });
}

function choose(preset: number): void {
  const { setup: next, speed: wanted } = PRESETS[preset]!;
  controls.show(next);
  setSpeed(wanted);
  start(next, preset);
  setPlaying(true);
}

function setPlaying(on: boolean): void {
  playing = on;
  byId("play").textContent = on ? "Pause" : "Play";
  byId<HTMLButtonElement>("step").disabled = on;
  tell({ order: "play", playing: on });
}

function setSpeed(wanted: number): void {
  speed = wanted;
  const step = Math.log(speed / SPEED_MIN) / Math.log(SPEED_MAX / SPEED_MIN) * 100;
  byId<HTMLInputElement>("speed").value = String(Math.round(step));
  saySpeed(null);
  tell({ order: "speed", speed });
}

function saySpeed(reached: number | null): void {
  const slow = reached !== null && playing && reached < speed * 0.9;
  const says = `${grouped(speed)} sections a second${slow ? `, ${grouped(reached)} reached` : ""}`;
  if (byId("speed-says").textContent !== says) byId("speed-says").textContent = says;
  byId("speed").setAttribute("aria-valuetext", says);
}

function step(): void {
  if (!playing) tell({ order: "step" });
}

/** One frame: draws the latest state and asks for the next. */
function frame(): void {
  requestAnimationFrame(frame);
  if (latest !== null) {
    const { state, reached } = latest;
    latest = null;
    for (const [cpu, lane] of lanes.entries()) lane.draw(state.cpus[cpu]!, palette);
    figures.show(state);
    saySpeed(reached);
    const nowMs = performance.now();
    if (!playing || nowMs - sentenceMs > SENTENCE_MS) {
      sentenceMs = nowMs;
      const sentence = sentenceOf(state, playing);
      if (byId("status").textContent !== sentence) byId("status").textContent = sentence;
    }
    countFrame(nowMs, state, reached);
  }
  if (!waiting) {
    waiting = true;
    tell({ order: "show" });
  }
}

/** Says once a second how many frames were drawn. */
function countFrame(nowMs: number, state: LiveState, reached: number): void {
  drawn++;
  const root = document.documentElement.dataset;
  root.steps = String(state.steps);
  root.storms = String(state.stormCount);
  if (nowMs - drawnSinceMs < 1000) return;
  const rate = drawn * 1000 / (nowMs - drawnSinceMs);
  root.frames = rate.toFixed(1);
  root.reached = reached.toFixed(0);
  byId("frames").textContent = `${rate.toFixed(0)} frames a second.`;
  drawn = 0;
  drawnSinceMs = nowMs;
}

worker.onmessage = ({ data: report }: MessageEvent<Report>) => {
  if (report.report === "refused") {
    byId("status").textContent = report.message;
    return;
  }
  waiting = false;
  const { state, reached } = report;
  if (state.cpus.length !== lanes.length) return; // of the machine before
  for (const [cpu, lane] of lanes.entries()) lane.add(state.columns, cpu, lanes.length);
  latest = { state, reached };
};

async function copyCommand(): Promise<void> {
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(byId("command").textContent ?? "");
    button.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(byId("command")); // not allowed: marked, so that the reader can copy it
    button.textContent = "Marked: press Ctrl+C";
  }
  setTimeout(() => button.textContent = "Copy the command", 2000);
}

/** Keys work wherever no control of its own uses them. */
function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (event.key === " " && target.closest("button, input, select, pre") === null) setPlaying(!playing);
  else if (event.key === "s" && target.closest("select") === null) step();
  else if (event.key === "r" && target.closest("select") === null) start(setup, chosenPreset);
  else return;
  event.preventDefault();
}

byId("presets").append(...PRESETS.map(({ name }, i) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", () => choose(i));
  return button;
}));
byId("play").addEventListener("click", () => setPlaying(!playing));
byId("step").addEventListener("click", step);
byId("restart").addEventListener("click", () => start(setup, chosenPreset));
byId("copy").addEventListener("click", () => void copyCommand());
byId<HTMLInputElement>("speed").addEventListener("input", (event) => {
  const share = Number((event.target as HTMLInputElement).value) / 100;
  const wanted = SPEED_MIN * (SPEED_MAX / SPEED_MIN) ** share;
  setSpeed(Number(wanted.toPrecision(2)));
});
addEventListener("keydown", onKey);
onSchemeChange(() => palette = readPalette());
choose(0);
requestAnimationFrame(frame);
