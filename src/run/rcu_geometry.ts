/**
 * The shape of the rcu_node tree for a number of CPUs.
 *
 * @kernel kernel/rcu/tree.c rcu_init_geometry 5.9
 */

/** Parents and positions of nodes, breadth first; CPUs hang on the leaves. */
export interface RcuGeometry {
  /** Parent node of each node, -1 for the root. */
  readonly parent: readonly number[];
  /** Number of each node among its parent's children. */
  readonly grpnum: readonly number[];
  /** Number of children of each node, CPUs for a leaf. */
  readonly children: readonly number[];
  /** First leaf. */
  readonly firstLeaf: number;
  /** CPUs a leaf holds. */
  readonly leafFanout: number;
}

/** Builds the tree: leaves of `leafFanout` CPUs, interior nodes of `fanout` children. */
export function rcuGeometry(cpus: number, leafFanout: number, fanout: number): RcuGeometry {
  const widths = [Math.max(1, Math.ceil(cpus / leafFanout))];
  while (widths[0]! > 1) widths.unshift(Math.ceil(widths[0]! / fanout));
  const parent: number[] = [];
  const grpnum: number[] = [];
  const children: number[] = [];
  let levelStart = 0;
  widths.forEach((width, level) => {
    const above = level === 0 ? 0 : levelStart - widths[level - 1]!;
    const below = widths[level + 1] ?? cpus;
    const each = level + 1 < widths.length ? fanout : leafFanout;
    for (let i = 0; i < width; i++) {
      parent.push(level === 0 ? -1 : above + Math.floor(i / fanout));
      grpnum.push(level === 0 ? 0 : i % fanout);
      children.push(Math.min(each, below - i * each));
    }
    levelStart += width;
  });
  return { parent, grpnum, children, firstLeaf: parent.length - widths[widths.length - 1]!, leafFanout };
}
