/**
 * Migratetypes of pageblocks as far as a trace tells them. A page that was allocated as some type most likely lies in a
 * pageblock of it; a steal that changes ownership says so outright; a page that comes back from the list it was freed
 * to proves it, and one that does not rules a type out.
 *
 * @module
 */
import { MIGRATE, MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import { order_to_pindex } from "../mm/pcp_policy.ts";

/** How well a type is known. */
export const CERTAINTY = { none: 0, hint: 1, proof: 2 } as const;

/** Types by pageblock; those without a pcp list of their own count as movable, as in the kernel. */
export class BlockTypes {
  /** Pages of a pageblock. */
  readonly blockPages: number;
  readonly #order: number;
  readonly #types: Uint8Array;
  readonly #certainty: Uint8Array;
  /** Bits of the types that have been ruled out. */
  readonly #excluded: Uint8Array;
  /** Bits of the types that pages have been allocated as. */
  readonly #seen: Uint8Array;
  /** Type of the first allocation. */
  readonly #hinted: Uint8Array;
  /** The first type that was proved, MIGRATE_PCPTYPES for none. */
  readonly #firstProved: Uint8Array;

  /** Knows nothing of `pages` pages in blocks of `1 << order`: most of memory is movable. */
  constructor(pages: number, order: number) {
    const blocks = (pages >> order) + 1;
    this.blockPages = 1 << order;
    this.#order = order;
    this.#types = new Uint8Array(blocks).fill(MIGRATE.MOVABLE);
    this.#certainty = new Uint8Array(blocks);
    this.#excluded = new Uint8Array(blocks);
    this.#seen = new Uint8Array(blocks);
    this.#hinted = new Uint8Array(blocks).fill(MIGRATE.MOVABLE);
    this.#firstProved = new Uint8Array(blocks).fill(MIGRATE_PCPTYPES);
  }

  /** First page of a page's block. */
  firstPage(pfn: number): number {
    return pfn - pfn % this.blockPages;
  }

  /** Type of the list that a page of the block is freed to. */
  listType(pfn: number): number {
    return this.#types[pfn >> this.#order]!;
  }

  /** One of CERTAINTY. */
  certainty(pfn: number): number {
    return this.#certainty[pfn >> this.#order]!;
  }

  /** A page was allocated as a type. */
  hint(pfn: number, type: number): void {
    const block = pfn >> this.#order;
    this.#seen[block]! |= 1 << listedType(type);
    if (this.#certainty[block] !== CERTAINTY.none) return;
    this.#types[block] = this.#hinted[block] = listedType(type);
    this.#certainty[block] = CERTAINTY.hint;
  }

  /** The type is this one. */
  prove(pfn: number, type: number): void {
    const block = pfn >> this.#order;
    this.#types[block] = listedType(type);
    this.#certainty[block] = CERTAINTY.proof;
    this.#excluded[block] = 0;
    if (this.#firstProved[block] === MIGRATE_PCPTYPES) this.#firstProved[block] = listedType(type);
  }

  /** Free pages of the block went to requests of another type, and it kept its own: most likely that of its list. */
  stolenFrom(pfn: number, fallback: number, taker: number): void {
    const block = pfn >> this.#order;
    this.#hinted[block] = listedType(fallback);
    this.#excluded[block] = 0;
    this.exclude(pfn, listedType(taker));
  }

  /** The type is not this one; the likeliest that is left is taken. */
  exclude(pfn: number, type: number): void {
    const block = pfn >> this.#order;
    this.#excluded[block]! |= 1 << type;
    // every type ruled out means that the type has changed meanwhile
    if (this.#excluded[block] === (1 << MIGRATE_PCPTYPES) - 1) this.#excluded[block] = 1 << type;
    const likeliest = [...this.#seenTypes(block), MIGRATE.MOVABLE, MIGRATE.UNMOVABLE, MIGRATE.RECLAIMABLE];
    this.#types[block] = likeliest.find((each) => (this.#excluded[block]! & (1 << each)) === 0)!;
    this.#certainty[block] = CERTAINTY.hint;
  }

  /** Types that pages of the block have been allocated as, the rarest first: it would not be met by chance. */
  #seenTypes(block: number): number[] {
    const rarestFirst = [MIGRATE.RECLAIMABLE, this.#hinted[block]!, MIGRATE.UNMOVABLE, MIGRATE.MOVABLE];
    return rarestFirst.filter((type) => (this.#seen[block]! & (1 << type)) !== 0);
  }

  /** Takes over what a first reading of the same events has proved of their beginning, or found out by exclusion. */
  learnFrom(other: BlockTypes): void {
    other.#firstProved.forEach((proved, block) => {
      const isExcluded = other.#excluded[block] !== 0;
      if (proved === MIGRATE_PCPTYPES && !isExcluded) return;
      this.#types[block] = this.#hinted[block] = isExcluded ? other.#types[block]! : proved;
      this.#certainty[block] = isExcluded ? other.#certainty[block]! : CERTAINTY.proof;
    });
  }
}

/** The type of the list that pages of a type are on: the movable one for types without a list of their own. */
export function listedType(type: number): number {
  return type >= 0 && type < MIGRATE_PCPTYPES ? type : MIGRATE.MOVABLE;
}

/** Number of the list, over all pcps of `pcpLists` each, that pages of a type and order are on. */
export function listNumber(pcpLists: number, pcp: number, type: number, order: number): number {
  return pcp * pcpLists + order_to_pindex(listedType(type), order);
}
