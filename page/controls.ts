/**
 * The sliders: each has a number of steps and a way to say what a step means.
 */
/// <reference lib="dom" />
import type { LiveSetup } from "../src/live/setup.ts";
import { grouped } from "./figures.ts";

/** Sizes that the lists' sliders go through. */
const SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 24, 31, 40, 48, 62, 63, 80, 96, 128];
const HIGHS = [...SIZES, 160, 186, 250, 300, 378, 440, 512];
const RATES = [0, 1e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6];

/** A slider. */
interface Slider {
  readonly name: Exclude<keyof LiveSetup, "strategy">;
  readonly label: string;
  readonly values: readonly number[];
  readonly says: (value: number) => string;
}

const pages = (value: number) => `${value} page${value === 1 ? "" : "s"}`;

const SLIDERS: readonly Slider[] = [
  { name: "high", label: "pcp high", values: HIGHS, says: pages },
  { name: "batch", label: "pcp batch", values: SIZES, says: pages },
  {
    name: "pressure",
    label: "Memory filled before",
    values: [0, 0.5, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 1],
    says: (value) => `${Number((value * 100).toFixed(1))} %`,
  },
  {
    name: "rateHz",
    label: "Calls a second",
    values: RATES,
    says: (value) => value === 0 ? "a storm" : grouped(value),
  },
  {
    name: "cpus",
    label: "CPUs",
    values: Array.from({ length: 16 }, (_, i) => i + 1),
    says: (value) => String(value),
  },
];

/** Step of a slider that comes nearest to a value. */
function nearestStep(values: readonly number[], value: number): number {
  let best = 0;
  for (const [i, v] of values.entries()) if (Math.abs(v - value) < Math.abs(values[best]! - value)) best = i;
  return best;
}

/** The form with the sliders. */
export class Controls {
  readonly #inputs = new Map<
    string,
    { readonly input: HTMLInputElement; readonly output: HTMLOutputElement }
  >();
  readonly #strategy = document.createElement("select");

  /**
   * Fills the form.
   *
   * @param changed Called with the new set-up whenever a person has changed it.
   */
  constructor(form: HTMLFormElement, strategies: readonly string[], changed: (setup: LiveSetup) => void) {
    for (const slider of SLIDERS) {
      const input = document.createElement("input");
      const output = document.createElement("output");
      Object.assign(input, {
        type: "range",
        id: slider.name,
        min: "0",
        max: String(slider.values.length - 1),
        step: "1",
      });
      output.htmlFor.add(slider.name);
      input.addEventListener("input", () => {
        this.#say(slider);
        changed(this.setup());
      });
      this.#inputs.set(slider.name, { input, output });
      form.append(...field(slider.name, slider.label, input, output));
    }
    this.#strategy.id = "strategy";
    this.#strategy.append(...strategies.map((name) => new Option(name, name)));
    this.#strategy.addEventListener("change", () => changed(this.setup()));
    form.append(...field("strategy", "Where blocks come from", this.#strategy));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  #say({ name, values, says }: Slider): void {
    const { input, output } = this.#inputs.get(name)!;
    const text = says(values[Number(input.value)]!);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }

  /** Puts the sliders where a set-up has them. */
  show(setup: LiveSetup): void {
    for (const slider of SLIDERS) {
      this.#inputs.get(slider.name)!.input.value = String(nearestStep(slider.values, setup[slider.name]));
      this.#say(slider);
    }
    this.#strategy.value = setup.strategy;
  }

  /** The set-up that the sliders stand at. */
  setup(): LiveSetup {
    const numbers = SLIDERS.map((
      { name, values },
    ) => [name, values[Number(this.#inputs.get(name)!.input.value)]!]);
    return { ...Object.fromEntries(numbers), strategy: this.#strategy.value } as LiveSetup;
  }
}

function field(id: string, text: string, ...parts: HTMLElement[]): HTMLElement[] {
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = text;
  const entry = document.createElement("div");
  entry.className = "entry";
  entry.append(...parts);
  return [label, entry];
}
