/** Predictions beside recordings: what is read of a file, and where the charts draw it. */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ImportError } from "../../import/import_error.ts";
import type { FidelityRow } from "../fidelity_row.ts";
import { fidelitySection, readFidelity } from "./fidelity.ts";

const ROW: FidelityRow = {
  name: "refills",
  predicted: 300,
  recorded: 200,
  low: 100,
  high: 250,
  inBand: false,
};

const numbers = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, ...found]) => found.map(Number));

/** Ratios that a chart shows, by the labels of its axis: ends of the bands, circles, crosses. */
function drawn(svg: string): { bands: number[][]; circles: number[]; crosses: number[] } {
  const axis = [...svg.matchAll(/<text transform="translate\(([\d.]+),86\)" y="0.71em">([\d.]+)</g)];
  const [[x0, r0], [x1, r1]] = axis.slice(0, 2).map(([, x, ratio]) => [Number(x), Number(ratio)]) as [
    [number, number],
    [number, number],
  ];
  const ratio = (x: number) => r0 + (x - x0) / (x1 - x0) * (r1 - r0);
  const bands = svg.slice(svg.indexOf('stroke="var(--soft)"'));
  return {
    bands: numbers(bands, /<line [^>]*x2="([\d.]+)" x1="([\d.]+)"/g).map(([high, low]) => [
      ratio(low!),
      ratio(high!),
    ]),
    circles: numbers(svg, /<circle [^>]*cx="([\d.]+)"/g).map(([x]) => ratio(x!)),
    crosses: numbers(svg, /<path d="M-4.87[^>]*translate\(([\d.]+),/g).map(([x]) => ratio(x!)),
  };
}

Deno.test("fidelitySection() draws predictions as multiples of a recording, or of the middle of its band", () => {
  const text: FidelityRow = { name: "lost", predicted: 3, recorded: "2 to 4", low: 1, high: 5, inBand: true };
  const { charts } = fidelitySection([ROW, text]);
  assertEquals(charts.length, 1);
  const { bands, circles, crosses } = drawn(charts[0]!);
  const expected = [[0.5, 1.25], [1 / 3, 5 / 3], [1], [1.5]];
  [...bands, circles, crosses].forEach((found, i) => {
    assertEquals(found.length, expected[i]!.length);
    found.forEach((ratio, k) => assertAlmostEquals(ratio, expected[i]![k]!, 1e-9));
  });
});

Deno.test("fidelitySection() has twelve figures in a chart at most, and none that is no multiple", () => {
  const rows = Array.from({ length: 13 }, (_, i) => ({ ...ROW, name: `figure ${i}`, inBand: i % 2 === 0 }));
  const none = [{ ...ROW, recorded: 0 }, { ...ROW, low: NaN }, { ...ROW, high: Infinity }];
  const { charts, table } = fidelitySection([...none, ...rows]);
  assertEquals(table.rows.length, 16);
  const texts = charts.map((svg) =>
    /<title>(.*?)<\/title><desc>(.*?)<\/desc>/.exec(svg)!.slice(1).join(": ")
  );
  assertEquals(texts, [
    "Predicted / recorded, 1: 6 of 12 figures are in their bands.",
    "Predicted / recorded, 2: 1 of 1 figures are in their bands.",
  ]);
});

Deno.test("fidelitySection() cuts names that are too long for the axis", () => {
  const long = "n".repeat(37);
  const [svg] = fidelitySection([{ ...ROW, name: long }, { ...ROW, name: long.slice(1) }]).charts;
  assertEquals([...svg!.matchAll(/>(n+…?)</g)].map(([, name]) => name), [
    `${"n".repeat(35)}…`,
    "n".repeat(36),
  ]);
});

Deno.test("readFidelity() says which row of which list is wrong, and has what is not told as out of its band", () => {
  const { inBand: _, ...told } = ROW;
  assertEquals(readFidelity(JSON.stringify([{ ...told, inBand: "yes" }]), "f"), [ROW]);
  const refused: readonly (readonly [file: unknown, path: string])[] = [
    [[ROW, 7], '"1" must be an object'],
    [{ seed: 1, figures: [7] }, '"figures/0" must be an object'],
    [{ figures: [{ ...ROW, name: 7 }] }, '"figures/0/name" must be a text'],
    [[{ ...ROW, low: "1" }], '"0/low" must be a number'],
    [[{ ...ROW, high: null }], '"0/high" must be a number'],
    [[{ ...ROW, recorded: null }], '"0/recorded" must be a number'],
    [7, "the file must be a list of figures"],
  ];
  for (const [file, message] of refused) {
    assertThrows(() => readFidelity(JSON.stringify(file), "f"), ImportError, message);
  }
});
