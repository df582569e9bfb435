/**
 * The shape of the rcu_node tree for a number of CPUs.
 *
 * @kernel kernel/rcu/tree.c rcu_init_geometry, rcu_init_levelspread, rcu_init_one 5.9
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
  /** CPUs of each leaf, the last ones apart. */
  readonly cpusPerLeaf: number;
}

/**
 * Builds the tree. The fanouts, `leafFanout` CPUs a leaf and `fanout` children an interior node, are the most that a
 * node may have and decide how many nodes there are; what there is is then spread evenly over them.
 */
export function rcuGeometry(cpus: number, leafFanout: number, fanout: number): RcuGeometry {
  const widths = [Math.max(1, Math.ceil(cpus / leafFanout))];
  while (widths[0]! > 1) widths.unshift(Math.ceil(widths[0]! / fanout));
  const spread = widths.map((width, level) => Math.ceil((widths[level + 1] ?? cpus) / width));
  const parent: number[] = [];
  const grpnum: number[] = [];
  const children: number[] = [];
  let levelStart = 0;
  widths.forEach((width, level) => {
    const above = level === 0 ? 0 : levelStart - widths[level - 1]!;
    const below = widths[level + 1] ?? cpus;
    const each = spread[level]!;
    const siblings = level === 0 ? 1 : spread[level - 1]!;
    for (let i = 0; i < width; i++) {
      parent.push(level === 0 ? -1 : above + Math.floor(i / siblings));
      grpnum.push(i % siblings);
      children.push(Math.max(0, Math.min(each, below - i * each)));
    }
    levelStart += width;
  });
  const leaves = widths.length - 1;
  return {
    parent,
    grpnum,
    children,
    firstLeaf: parent.length - widths[leaves]!,
    cpusPerLeaf: spread[leaves]!,
  };
}
