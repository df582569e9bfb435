/**
 * Operations as tables of named atomic sections. A section is what the kernel does without another CPU or context
 * being able to see a half-done state: an irq-off part, a part under one lock. It runs to its end and returns the
 * program counter of the next section, so schedulers may switch between any two sections and nowhere else.
 *
 * Locals that live across sections are registers of the task's frame (task.ts); nothing lives in closures, so a
 * world can be copied between any two sections.
 */

/** Runs one section of task `t` and returns the next program counter, or BLOCK or DONE. */
export type Section<M> = (m: M, t: number) => number;

/** The task cannot go on now; it stays at this section, which runs again after a wake-up. */
export const BLOCK = -1;
/** The task's outermost operation has ended. */
export const DONE = -2;

/** An operation as other operations see it: where to start. */
export interface Operation<L extends string = string> {
  /** Kernel function or our own name. */
  readonly name: string;
  /** Program counter of the first section. */
  readonly start: number;
  /** Program counter of each section by label. */
  readonly at: Readonly<Record<L, number>>;
}

/** What is known of a section besides its code. */
export interface SectionFacts {
  /** `operation.label`. */
  readonly name: string;
  /** Structs the section may touch: bits of footprint.ts. */
  readonly footprint: number;
}

// deno-lint-ignore no-explicit-any -- the one table holds sections of every layer's machine type
const sections: Section<any>[] = [];
const facts: SectionFacts[] = [];

/**
 * Declares an operation: labels with their footprints in kernel order, then the sections.
 *
 * @param name Kernel function that the operation models, or our own name in camelCase.
 * @param footprints Label to footprint bits; the key order is the section order, the first is the start.
 * @param build Makes the sections; `at` gives the program counters, so a misspelt label is a type error.
 */
export function operation<M, const L extends string>(
  name: string,
  footprints: Readonly<Record<L, number>>,
  build: (at: Readonly<Record<L, number>>) => Readonly<Record<NoInfer<L>, Section<M>>>,
): Operation<L> {
  const labels = Object.keys(footprints) as L[];
  const start = sections.length;
  const at = Object.fromEntries(labels.map((label, i) => [label, start + i])) as Record<L, number>;
  const built = build(at);
  for (const label of labels) {
    sections.push(built[label]);
    facts.push({ name: `${name}.${label}`, footprint: footprints[label] });
  }
  return { name, start, at };
}

/** A copy of all sections declared so far, indexed by program counter; a mutation replaces entries in its copy. */
// deno-lint-ignore no-explicit-any -- see above
export function sectionTable(): Section<any>[] {
  return sections.slice();
}

/** Name and footprint of the section at a program counter. */
export function sectionFacts(pc: number): SectionFacts {
  return facts[pc] ?? { name: `pc${pc}`, footprint: 0 };
}

/** Program counter of the section of a name, -1 when there is none. */
export function sectionNamed(name: string): number {
  return facts.findIndex((section) => section.name === name);
}

/** How many sections are declared. */
export function sectionCount(): number {
  return sections.length;
}
