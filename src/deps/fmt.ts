/**
 * Terminal colours (deno-std `fmt/colors`).
 *
 * The functions return plain text when NO_COLOR is set. They do not know whether the output is a terminal: who
 * prints does.
 *
 * @module
 */
// @ts-types="./fmt.d.ts"
export { bold, dim, green, red } from "npm:deno-std@1.4.0/fmt/colors.js";
