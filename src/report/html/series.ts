/**
 * Colours and signs of series: told apart by colour, by dash and by sign, so that neither colour-blind readers nor a
 * grey print lose them. The colours are those of Okabe and Ito, as variables that follow the reader's scheme.
 */
import { escape } from "./markup.ts";

/** How one series looks. */
export interface Look {
  readonly colour: string;
  readonly dash: string;
  readonly symbol: string;
  /** Sign of the legend, as an SVG path in a box of 12. */
  readonly sign: string;
}

const LOOKS: readonly (readonly [string, string, string])[] = [
  ["none", "circle", "M6 2a4 4 0 1 0 .01 0z"],
  ["6 3", "square", "M2.5 2.5h7v7h-7z"],
  ["2 2", "triangle", "M6 1.5l5 9H1z"],
  ["8 2 2 2", "diamond", "M6 1l4 5-4 5-4-5z"],
  ["1 3", "times", "M2 3l1-1 3 3 3-3 1 1-3 3 3 3-1 1-3-3-3 3-1-1 3-3z"],
  ["10 4", "wye", "M5 2h2v4l3 3-1.5 1.5L6 8l-2.5 2.5L2 9l3-3z"],
  [
    "4 1 1 1 1 1",
    "star",
    "M6 1l1.4 3.4L11 4.6 8.200 7l.9 3.700L6 8.600 2.900 10.700 3.800 7 1 4.600l3.600-.2z",
  ],
  ["12 3 3 3", "plus", "M4.500 1.500h3v3h3v3h-3v3h-3v-3h-3v-3h3z"],
];

/** Look of the series number `i`. */
export function lookOf(i: number): Look {
  const [dash, symbol, sign] = LOOKS[i % LOOKS.length]!;
  return { colour: `var(--s${i % LOOKS.length})`, dash, symbol, sign };
}

/** The legend of those of all series that are shown. */
export function legendOf(names: readonly string[], shown: readonly string[] = names): string {
  if (names.length < 2) return "";
  const items = names.filter((name) => shown.includes(name)).map((name) => {
    const { colour, sign } = lookOf(names.indexOf(name));
    return `<li><svg viewBox="0 0 12 12" aria-hidden="true"><path d="${sign}" style="fill:${colour}"/></svg>${
      escape(name)
    }</li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}
