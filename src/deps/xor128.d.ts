/** Types of seedrandom `lib/xor128`, in our own words; the package ships none for this path. */

/** The four 32-bit words of a generator. All zero is a dead state: every later draw is 0. */
export interface Xor128State {
  /** Oldest word. */
  readonly x: number;
  /** Second word. */
  readonly y: number;
  /** Third word. */
  readonly z: number;
  /** Newest word, which is the last draw. */
  readonly w: number;
}

/** A generator. Each draw advances the state by one step, `double` by two or more. */
export interface Xor128 {
  /** A number in [0, 1) with 32 random bits. */
  (): number;
  /** A number in (0, 1) with 53 random bits. */
  double(): number;
  /** A signed 32-bit integer. */
  int32(): number;
  /** A copy of the state, which `JSON` carries without loss. */
  state(): Xor128State;
}

/**
 * Creates a generator, or restores one: `xor128("", { state })` goes on where `state()` was taken.
 *
 * The seed is text on purpose. The library takes the number 0 and the empty text as the dead state, whose draws are
 * all 0, so a new generator needs text of at least one character, and a number goes through `String`.
 */
export default function xor128(seed: string, options: { readonly state: true | Xor128State }): Xor128;
