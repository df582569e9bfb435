/** The size of a page, which no version and no build of x86-64 changes. */

/** Bytes of a page. */
export const PAGE_SIZE = 4096;
