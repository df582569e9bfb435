/**
 * Reading and writing of comma-separated values (deno-std `csv`).
 *
 * Rows end in CRLF, as RFC 4180 has it. The columns keep the order and spelling that the caller gives them, and nothing
 * here depends on locale or time zone.
 *
 * @module
 */
// @ts-types="./csv.d.ts"
export { parse, stringify } from "npm:deno-std@1.4.0/csv/mod.js";
// @ts-types="./csv.d.ts"
export type { Column, ParseOptions, StringifyOptions } from "npm:deno-std@1.4.0/csv/mod.js";
