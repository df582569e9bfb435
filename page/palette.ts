/**
 * Colours of the style sheet for canvas drawing: they follow the reader's light or dark scheme.
 */
/// <reference lib="dom" />

const NAMES = {
  soft: "--soft",
  unmovable: "--unmovable",
  movable: "--movable",
  reclaimable: "--reclaimable",
  miss: "--miss",
  missSoft: "--miss-soft",
  hit: "--hit",
  refill: "--refill",
  band: "--band",
} as const;

/** Colour by name. */
export type Palette = Readonly<Record<keyof typeof NAMES, string>>;

/** The colours as they are now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(property).trim()]),
  ) as Palette;
}

/** Calls back when the reader changes the scheme. */
export function onSchemeChange(then: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", then);
}
