/**
 * Finds the pages whose descriptors say something. Most of a machine's memory is free in whole blocks and its
 * descriptors are zero: they are passed four at a time, so that a look at all of them takes as long as reading them.
 */
import type { Mm } from "../mm/mm.ts";

/** A walk over the page frames with a flag set. */
export class UsedPages {
  readonly #flags: Uint8Array;
  readonly #words: Int32Array;
  /** Bytes before the first page in the word that has it. */
  readonly #lead: number;

  /** Walks over the descriptors of a machine. */
  constructor({ page: { flags } }: Pick<Mm, "page">) {
    this.#flags = flags;
    this.#lead = flags.byteOffset & 3;
    const words = (this.#lead + flags.length) >> 2;
    this.#words = new Int32Array(flags.buffer, flags.byteOffset - this.#lead, words);
  }

  /** First page frame from `pfn` on with a flag set, -1 when there is none. */
  from(pfn: number): number {
    const flags = this.#flags;
    const words = this.#words;
    const lead = this.#lead;
    let p = pfn;
    while (p < flags.length && flags[p] === 0) {
      p++;
      if (((p + lead) & 3) !== 0) continue;
      let w = (p + lead) >> 2;
      while (w < words.length && words[w] === 0) w++;
      p = w * 4 - lead;
    }
    return p < flags.length ? p : -1;
  }
}
