/**
 * Memory that one run after another lies in. The host clears each page that a process touches for the first time, and
 * does it slowly where it is a guest itself: 11 microseconds a page, which were a sixth of a sweep's cell of 640,000
 * objects and a quarter of a short run. What a run has touched costs the next one no more than being zeroed.
 */

/** Largest memory that is kept. More is mostly pages that a run never touches, and zeroing those would touch them. */
const KEPT_BYTES_MAX = 2 ** 25;
/** Every piece starts at a multiple of this, so that any view fits. */
const ALIGNMENT = 8;

/** A piece of memory. */
export interface Piece {
  /** What it lies in. */
  readonly buffer: ArrayBuffer;
  /** Its first byte there. */
  readonly offset: number;
}

/** Zeroed memory, taken piece by piece and given back as a whole. */
export class Memory {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** Takes all pieces back: who still looks at one sees what the next run writes. */
  reset(): void {
    if (this.#used > this.#buffer.byteLength && this.#used <= KEPT_BYTES_MAX) {
      this.#buffer = new ArrayBuffer(this.#used);
    }
    this.#used = 0;
  }

  /** A zeroed piece; one that there is no room for lies in a buffer of its own. */
  take(bytes: number): Piece {
    const offset = this.#used;
    this.#used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const buffer = this.#buffer;
    if (this.#used > buffer.byteLength) return { buffer: new ArrayBuffer(bytes), offset: 0 };
    new Uint8Array(buffer, offset, bytes).fill(0);
    return { buffer, offset };
  }
}
