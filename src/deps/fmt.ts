/**
 * Terminal colours (deno-std `fmt/colors`).
 *
 * The functions return plain text when NO_COLOR is set. They do not know whether the output is a terminal: the command
 * line that does calls `setColorEnabled`.
 *
 * @module
 */
// @ts-types="./fmt.d.ts"
export {
  bold,
  cyan,
  dim,
  green,
  red,
  setColorEnabled,
  stripAnsiCode,
  yellow,
} from "npm:deno-std@1.4.0/fmt/colors.js";
