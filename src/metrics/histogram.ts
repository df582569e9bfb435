/**
 * Log-linear histogram of non-negative integers: 32 buckets an octave, so a bucket is at most 3.2 % wide. Histograms
 * merge by adding counts, in any order with the same result.
 */

const SUB_BITS = 5;
const SUB = 1 << SUB_BITS;
const OCTAVES = 48;

/** One bucket: values from low to high, both included. */
export interface Bucket {
  /** Smallest value. */
  readonly low: number;
  /** Largest value. */
  readonly high: number;
  /** How many were recorded. */
  readonly count: number;
}

/** A histogram; values below 32 are exact. */
export class Histogram {
  readonly #counts = new Float64Array(SUB * (OCTAVES + 1));
  #total = 0;
  #max = 0;
  #sum = 0;

  /** Records a value. */
  record(value: number): void {
    this.#counts[bucketOf(value)]!++;
    this.#total++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds all of another histogram. */
  add(other: Histogram): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! += other.#counts[i]!;
    this.#total += other.#total;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Values recorded. */
  get count(): number {
    return this.#total;
  }

  /** Largest value, 0 when empty. */
  get max(): number {
    return this.#max;
  }

  /** Mean, 0 when empty. */
  get mean(): number {
    return this.#total === 0 ? 0 : this.#sum / this.#total;
  }

  /** Upper end of the bucket that holds the given quantile (0 to 1), at most the largest value; 0 when empty. */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    let left = Math.max(1, Math.ceil(this.#total * q));
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i]!;
      if (left <= 0) return Math.min(highOf(i), this.#max);
    }
    return this.#max;
  }

  /** Buckets that are not empty, smallest first. */
  buckets(): Bucket[] {
    const found: Bucket[] = [];
    this.#counts.forEach((count, i) => {
      if (count > 0) found.push({ low: lowOf(i), high: highOf(i), count });
    });
    return found;
  }
}

function bucketOf(value: number): number {
  if (value < SUB) return Math.max(0, Math.floor(value));
  // Math.log2 may round up just below a power of two; leading zeros and powers of two are exact
  let octave = 0;
  let scaled = value;
  while (scaled >= 2 ** 31) {
    scaled /= 2 ** 25;
    octave += 25;
  }
  const shift = 31 - SUB_BITS - Math.clz32(scaled);
  return Math.min(SUB * (octave + shift + 1) + (scaled >> shift) - SUB, SUB * (OCTAVES + 1) - 1);
}

function lowOf(bucket: number): number {
  if (bucket < SUB) return bucket;
  const octave = Math.floor(bucket / SUB) - 1;
  return (SUB + bucket % SUB) * 2 ** octave;
}

function highOf(bucket: number): number {
  return bucket < SUB ? bucket : lowOf(bucket + 1) - 1;
}
