/** Types of the part of linkedom that this project uses, in our own words. */

/** A document that elements can be made in; charts are given it and nothing else is asked of it. */
export interface MadeDocument {
  /** Makes an element. */
  createElement(name: string): unknown;
}

/** A window with an empty document of the given text. */
export function parseHTML(text: string): { readonly document: MadeDocument };
