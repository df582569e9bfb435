/**
 * Texts that stood at one place of earlier lines, found again four bytes at a time. A trace says the same few hundred
 * things over and over (threads, event names, flags), so what a reader made of a text is kept beside it, under the
 * entry's number, and the text is not read again.
 *
 * A text found is equal byte for byte, never merely alike. Memory is fixed: a new text takes the place of the one that
 * had its entry.
 *
 * @module
 */

/** Texts of at most this many bytes are kept. */
export const SEEN_BYTES_MAX = 92;
/** Bytes behind a place that must be there, whatever they are, when a text is looked for. */
export const SEEN_REACH = 128;

/** Words of an entry: a text that ends on a word has one more, of which no bit counts. */
const ENTRY_WORDS = SEEN_BYTES_MAX / 4 + 1;

/**
 * A fixed number of texts; the caller keeps what they mean by their entries, and makes 32 bits of the bytes in which
 * the texts of its place differ, which is where a text is looked for.
 */
export class SeenTexts {
  /** Bits of a hash that are too many. */
  readonly #shift: number;
  /** By entry: the text, and behind its whole words the rest with zeros. */
  readonly #words: Int32Array;
  /** By entry: bytes of the text, 0 for none. */
  readonly #length: Int32Array;
  /** By entry: the bits of the last word that count. */
  readonly #mask: Int32Array;

  /**
   * Knows no text.
   *
   * @param entries A power of two.
   */
  constructor(entries: number) {
    this.#shift = 32 - Math.log2(entries);
    this.#words = new Int32Array(entries * ENTRY_WORDS);
    this.#length = new Int32Array(entries);
    this.#mask = new Int32Array(entries);
  }

  /** Bytes of an entry's text. */
  lengthOf(entry: number): number {
    return this.#length[entry]!;
  }

  /** Entry of the text that begins at `pos`, or -1; SEEN_REACH bytes must be there. */
  find(view: DataView, pos: number, hash: number): number {
    const entry = this.#entryFor(hash);
    const words = this.#words;
    const length = this.#length[entry]!;
    if (length === 0) return -1;
    let at = entry * ENTRY_WORDS;
    let place = pos;
    for (const last = pos + length - 3; place < last; place += 4) {
      if (view.getInt32(place, true) !== words[at++]) return -1;
    }
    return (view.getInt32(place, true) & this.#mask[entry]!) === words[at] ? entry : -1;
  }

  /** Keeps the text from `pos` up to `end` and returns its entry; -1 for one that is too long, or none. */
  put(view: DataView, pos: number, end: number, hash: number): number {
    const length = end - pos;
    if (length <= 0 || length > SEEN_BYTES_MAX) return -1;
    const entry = this.#entryFor(hash);
    const first = entry * ENTRY_WORDS;
    const whole = length >> 2;
    const mask = 2 ** (8 * (length & 3)) - 1;
    for (let at = 0; at < whole; at++) this.#words[first + at] = view.getInt32(pos + 4 * at, true);
    this.#words[first + whole] = view.getInt32(pos + 4 * whole, true) & mask;
    this.#mask[entry] = mask;
    this.#length[entry] = length;
    return entry;
  }

  #entryFor(hash: number): number {
    // the upper bits are those that all bits of the product have gone into
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }
}
