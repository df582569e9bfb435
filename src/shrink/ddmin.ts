/**
 * Delta debugging (Zeller and Hildebrandt, 2002): a smaller list that still has a property, of which no single item can
 * be left out.
 */

/**
 * Leaves out items of `list` as long as `holds` stays true of what is left; `holds(list)` is known to be true. Ends
 * sooner, with what is left by then, when `isOver`.
 */
export function ddmin<T>(
  list: readonly T[],
  holds: (some: readonly T[]) => boolean,
  isOver: () => boolean = () => false,
): readonly T[] {
  let kept = list;
  let parts = 2;
  while (kept.length > 0 && !isOver()) {
    const size = Math.ceil(kept.length / parts);
    let isLess = false;
    for (let from = 0; from < kept.length && !isOver(); from += size) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (!holds(rest)) continue;
      kept = rest;
      isLess = true;
      from -= size; // what follows has moved here
    }
    if (isLess) parts = Math.max(2, Math.min(parts, kept.length));
    else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}
