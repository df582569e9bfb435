/**
 * The only source of randomness: Marsaglia's xor128 generator (seedrandom).
 *
 * A generator is created from the seed at the edge and passed in. Its first values differ from those of seedrandom's
 * other generators, so a recorded seed belongs to this one.
 *
 * @module
 */
// @ts-types="./xor128.d.ts"
export { default as xor128 } from "npm:seedrandom@3.0.5/lib/xor128.js";
// @ts-types="./xor128.d.ts"
export type { Xor128, Xor128State } from "npm:seedrandom@3.0.5/lib/xor128.js";
