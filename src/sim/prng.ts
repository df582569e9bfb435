/**
 * The only source of randomness: seedrandom's xor128, created from a seed at the edge and passed in. Integers only,
 * closed ranges only, so that an off-by-one cannot hide in a half-open bound.
 *
 * The generator makes the first state from the seed and is the test's slow twin; steps are taken here. Profiled: its
 * closures took an eighth of a random step, where several draws are made.
 */
import { xor128 } from "../deps/xor128.ts";

/** A stream of seeded draws; the state can be written into an artefact and restored. */
export class Prng {
  #x: number;
  #y: number;
  #z: number;
  #w: number;

  /** Makes the stream named by `seed`, a string such as `42/program/3`. */
  constructor(seed: string) {
    const { x, y, z, w } = xor128(seed, { state: true }).state();
    this.#x = x;
    this.#y = y;
    this.#z = z;
    this.#w = w;
  }

  /** A uniform 32-bit unsigned integer. */
  u32(): number {
    const t = this.#x ^ (this.#x << 11);
    const w = this.#w;
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = w;
    return (this.#w = w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
  }

  /**
   * A uniform integer in [0, max], both ends included; max is below 2^32.
   *
   * Multiply-shift on 32 random bits: the bias is at most (max + 1) / 2^32, under one in a million for every range
   * that is used here. A shift by no bits cuts the fraction off as Math.floor does, and leaves an integer that V8 need
   * not look at again: that was a third of a draw.
   */
  upTo(max: number): number {
    return (this.u32() * (max + 1) / 0x1_0000_0000) >>> 0;
  }

  /** What upTo(count - 1) would be, for a count of at most 2^16: without floating point, in half the time. */
  index(count: number): number {
    const u = this.u32();
    return (Math.imul(u >>> 16, count) + (Math.imul(u & 0xffff, count) >>> 16)) >>> 16;
  }

  /** A uniform integer in [min, max], both ends included. */
  between(min: number, max: number): number {
    return min + this.upTo(max - min);
  }

  /** True with probability `numerator / denominator`. */
  chance(numerator: number, denominator: number): boolean {
    return this.upTo(denominator - 1) < numerator;
  }

  /** An exponentially distributed number with the given mean: gaps of a Poisson arrival process. */
  exponential(mean: number): number {
    return -mean * Math.log((this.u32() + 1) / 0x1_0000_0000);
  }

  /** Index drawn with the given non-negative integer weights; their sum must be positive. */
  weighted(weights: readonly number[]): number {
    let rest = this.upTo(weights.reduce((sum, w) => sum + w, 0) - 1);
    for (let i = 0; i < weights.length; i++) {
      rest -= weights[i]!;
      if (rest < 0) return i;
    }
    return weights.length - 1;
  }
}
