/**
 * Charts as SVG text with a name that a screen reader says. Nothing in it depends on where it is made: the same rows
 * give the same bytes.
 */
import { parseHTML } from "../../deps/linkedom.ts";
import { type Mark, plot, type PlotOptions } from "../../deps/plot.ts";
import { escape } from "./markup.ts";

/** What a chart shows; sizes are for a phone and two abreast on a desk. */
export interface Chart
  extends Partial<Pick<PlotOptions, "x" | "y" | "color" | "marginLeft" | "marginBottom">> {
  /** Heading inside the picture, and its name for a screen reader. */
  readonly title: string;
  /** What is to be seen, for who does not see it. */
  readonly description: string;
  readonly height?: number;
  readonly marks: readonly Mark[];
}

const WIDTH = 440, HEIGHT = 290, TITLE_HEIGHT = 34;
/** Characters of a title that fit into the width, and the height of a further line. */
const TITLE_CHARACTERS = 60, LINE_HEIGHT = 16;

/** Labels stand at the middle of their axes, clear of the title. */
const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;

/** A title in lines that fit, broken between words. */
function titleLines(title: string): string[] {
  const lines = [""];
  for (const word of title.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= TITLE_CHARACTERS || lines.at(-1) === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The chart as SVG. */
export function chartSvg({ title, description, height = HEIGHT, ...options }: Chart): string {
  const { document } = parseHTML("<html><body></body></html>");
  const [first, ...more] = titleLines(title);
  const { outerHTML } = plot({
    document,
    className: "plot",
    width: WIDTH,
    height: height + more.length * LINE_HEIGHT,
    marginTop: TITLE_HEIGHT + more.length * LINE_HEIGHT,
    marginLeft: 62,
    marginBottom: 42,
    style: { fontSize: "12px", fontFamily: "inherit", background: "none" },
    ...options,
    x: { ...AXIS, ...options.x },
    y: { ...AXIS, ...options.y },
  });
  const open = /^<svg[^>]*>/.exec(outerHTML)![0];
  const name = open.replace(/^<svg/, `<svg role="img" aria-label="${escape(title)}"`);
  const below = more.map((line) => `<tspan x="4" dy="${LINE_HEIGHT}">${escape(line)}</tspan>`).join("");
  const heading = `<text class="title" x="4" y="15" text-anchor="start">${escape(first!)}${below}</text>`;
  const inside = outerHTML.slice(open.length).replace(/<style>[^]*?<\/style>/, "");
  return `${name}<title>${escape(title)}</title><desc>${escape(description)}</desc>${heading}${inside}`;
}

/** Ticks of a log axis that do not touch each other: powers of ten, or 1, 2, 5 where the axis is short. */
export function logTicks(low: number, high: number): number[] {
  const inside = (factors: readonly number[], every = 1) => {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every) {
      for (const factor of factors) ticks.push(factor * 10 ** power);
    }
    return ticks.filter((tick) => tick >= low && tick <= high);
  };
  const decades = Math.log10(high / low);
  if (decades > 6) return inside([1], 2);
  if (decades > 2.2) return inside([1]);
  const few = inside([1, 2, 5]);
  return few.length > 1 ? few : inside([1, 1.5, 2, 3, 4, 5, 6, 8]);
}
