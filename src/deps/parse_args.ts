/**
 * Command line options (deno-std `cli/parse-args`).
 *
 * An unknown option is not an error by itself: pass `unknown` and refuse it there.
 *
 * @module
 */
// @ts-types="./parse_args.d.ts"
export { parseArgs } from "npm:deno-std@1.4.0/cli/parse_args.js";
// @ts-types="./parse_args.d.ts"
export type { Args, ParseArgsOptions } from "npm:deno-std@1.4.0/cli/parse_args.js";
