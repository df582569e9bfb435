/**
 * A document without a browser (linkedom), for Plot to draw in.
 *
 * @module
 */
// @ts-types="./linkedom.d.ts"
export { parseHTML } from "npm:linkedom@0.18.15";
