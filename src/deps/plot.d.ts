/** Types of the part of Observable Plot that this project uses, in our own words. */

/** A row of what is drawn. */
export type Row = object;
/** A field's name, or what a row gives. */
export type Channel = string | number | ((row: never) => unknown);

/** Options of a mark: channels and constants. */
export interface MarkOptions {
  readonly x?: Channel;
  readonly y?: Channel;
  readonly x1?: Channel;
  readonly x2?: Channel;
  readonly y1?: Channel;
  readonly y2?: Channel;
  readonly z?: Channel | null;
  readonly fill?: Channel;
  readonly stroke?: Channel;
  readonly text?: Channel;
  readonly r?: number;
  readonly symbol?: string;
  readonly fillOpacity?: number;
  readonly strokeWidth?: number;
  readonly strokeDasharray?: string;
  readonly curve?: "linear" | "step-after";
  readonly dx?: number;
  readonly dy?: number;
  readonly inset?: number;
  readonly insetLeft?: number;
  readonly insetRight?: number;
  readonly fontSize?: number;
  readonly textAnchor?: "start" | "middle" | "end";
  readonly clip?: boolean;
}

/** How a position or a colour is found. */
export interface ScaleOptions {
  readonly type?: "linear" | "log" | "band" | "point" | "ordinal";
  readonly domain?: readonly unknown[];
  readonly label?: string | null;
  readonly grid?: boolean;
  readonly ticks?: number | readonly unknown[];
  readonly tickFormat?: string | ((value: never) => string);
  readonly tickSize?: number;
  readonly range?: readonly unknown[];
  readonly interpolate?: (share: number) => string;
  readonly clamp?: boolean;
  readonly nice?: boolean;
  readonly axis?: null;
  readonly labelArrow?: "none";
  readonly labelAnchor?: "center";
  readonly tickRotate?: number;
}

/** A mark. */
export interface Mark {
  /** Kept apart from other objects: marks are made by the functions below. */
  readonly initialize: unknown;
}

/** A whole chart. */
export interface PlotOptions {
  readonly document: unknown;
  readonly className: string;
  readonly width: number;
  readonly height: number;
  readonly marginLeft?: number;
  readonly marginRight?: number;
  readonly marginTop?: number;
  readonly marginBottom?: number;
  readonly style?: Readonly<Record<string, string>>;
  readonly x?: ScaleOptions;
  readonly y?: ScaleOptions;
  readonly color?: ScaleOptions;
  readonly marks: readonly Mark[];
}

/** Draws a chart. */
export function plot(options: PlotOptions): { readonly outerHTML: string };
/** A rectangle a row, on two scales of names. */
export function cell(rows: readonly Row[], options: MarkOptions): Mark;
/** Text. */
export function text(rows: readonly Row[], options: MarkOptions): Mark;
/** A line through the rows. */
export function line(rows: readonly Row[], options: MarkOptions): Mark;
/** The area between y1 and y2. */
export function areaY(rows: readonly Row[], options: MarkOptions): Mark;
/** A mark a row. */
export function dot(rows: readonly Row[], options: MarkOptions): Mark;
/** A line across the chart at each x. */
export function ruleX(rows: readonly (Row | number)[], options?: MarkOptions): Mark;
/** A line across the chart at each y. */
export function ruleY(rows: readonly (Row | number)[], options?: MarkOptions): Mark;
/** A rectangle from x1 to x2, standing on zero. */
export function rectY(rows: readonly Row[], options: MarkOptions): Mark;
