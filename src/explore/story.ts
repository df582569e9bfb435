/**
 * A failing path as a kernel developer reads it: a column for each CPU, time downwards, who holds zone->lock, and the
 * step after which nothing could save it.
 */
import { explore } from "./explore.ts";
import type { Step } from "./exploration.ts";
import { type ReferenceBug, ReferenceProgram } from "./reference.ts";
import { OPERATIONS, SECTION } from "./reference_section.ts";
import type { ReferenceSize } from "./reference_state.ts";

/** Width of a column. */
const WIDTH = 40;

/**
 * Index of the first step after which every continuation fails, whatever the CPUs choose and in whatever order. The
 * continuations of every step are explored whole.
 */
export function unavoidableFrom(size: ReferenceSize, bug: ReferenceBug, steps: readonly Step[]): number {
  const program = new ReferenceProgram(size, bug);
  for (let i = 0; i < steps.length; i++) {
    const { task, choice } = steps[i]!;
    program.cells.reserve();
    program.run(task, choice);
    if (program.fault() !== "") return i;
    if (explore(program, { reduction: "chains" }).ends.size === 0) return i;
  }
  return steps.length;
}

/** The story of a path. */
export function story(size: ReferenceSize, bug: ReferenceBug, steps: readonly Step[], what: string): string {
  const { sections } = new ReferenceProgram(size, bug);
  const nrCpus = size.operations.length;
  const turn = unavoidableFrom(size, bug, steps);
  const row = (cells: readonly string[]) => cells.map((text) => text.padEnd(WIDTH)).join("  ").trimEnd();
  const lines = [`step  ${row(size.operations.map((_, c) => `CPU ${c}`))}`];
  let holder = -1;
  steps.forEach(({ task, choice, section }, i) => {
    const isLock = section === SECTION.refillLock || section === SECTION.drainLock;
    if (isLock) holder = task;
    const does = section === SECTION.choose ? `${OPERATIONS[choice]}:` : `  ${sections[section]!.name}`;
    const cells = Array.from(
      { length: nrCpus },
      (_, c) => `${c === holder ? "#" : " "} ${c === task ? does : ""}`,
    );
    lines.push(`${String(i + 1).padStart(4)}  ${row(wrap(cells))}`);
    if (i === turn) lines.push("----  from here on every continuation fails");
    if (section === SECTION.refillUnlock || section === SECTION.drainUnlock) holder = -1;
  });
  lines.push(`      ${what}`, "", "# holds zone->lock, interrupts off");
  return lines.join("\n");
}

/** Cuts what does not fit, so that columns stay columns. */
function wrap(cells: readonly string[]): string[] {
  return cells.map((text) => text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 3)}...`);
}
