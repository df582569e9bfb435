/**
 * Charts (Observable Plot) as SVG. It is large: only the report imports it.
 *
 * @module
 */
// @ts-types="./plot.d.ts"
export { areaY, cell, dot, line, plot, rectY, ruleX, ruleY, text } from "npm:@observablehq/plot@0.6.17";
// @ts-types="./plot.d.ts"
export type { Mark, PlotOptions } from "npm:@observablehq/plot@0.6.17";
