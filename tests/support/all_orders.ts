/**
 * Tries all orders of a machine that is a few kilobytes large: depth first, and a state that was seen is not entered
 * again. Slow and obvious on purpose: it is what tests of single mechanisms hold them against.
 *
 * @module
 */
import type { Machine } from "../../src/run/machine.ts";
import { dispatch, isCandidate } from "../../src/scheduler/candidates.ts";
import { step } from "../../src/scheduler/engine.ts";

/**
 * Fields that only measure: two states that differ in nothing else are the same. Clocks are among them although they
 * decide whether an idle CPU counts as having been idle once more; that is in the state as its count.
 */
const MEASURES = new Set([
  "steps",
  "n_force_qs",
  "n_force_qs_snap",
  "completed",
  "taken",
  "contended",
  "gp_start",
]);
const isMeasure = (field: string) => /Ns(Max)?$/.test(field) || MEASURES.has(field);

/** What came of it. */
export interface AllOrders {
  /** Different states. */
  readonly states: number;
  /** Sections run. */
  readonly steps: number;
  /** First thing that was wrong, or null. */
  readonly fault: string | null;
}

/** What to look for. */
export interface Search {
  /** Notes beside the world that belong to the state, kept by listeners. */
  readonly notes: Uint8Array;
  /** What is wrong now, or null; asked after every section. */
  readonly fault: () => string | null;
  /** Whether to go on from here. */
  readonly goesOn: () => boolean;
  /** Most states; the test fails when there are more. */
  readonly statesMax: number;
}

/** Tries every order from the machine's present state on. */
export function tryAllOrders(machine: Machine, search: Search): AllOrders {
  const { m, table, bytes, places } = machine;
  const kept = places.filter((p) => !isMeasure(p.field));
  const seen = new Set<string>();
  let steps = 0;
  const key = () => {
    let a = 0x811c9dc5, b = 0x9747b28c;
    const mix = (byte: number) => {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x85ebca6b) + 0x165667b1 | 0;
    };
    for (const { offset, byteLength } of kept) for (let i = 0; i < byteLength; i++) mix(bytes[offset + i]!);
    search.notes.forEach(mix);
    return `${a},${b}`;
  };
  const stack = [{ bytes: bytes.slice(), notes: search.notes.slice() }];
  seen.add(key());
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let t = 0; t < m.nrTasks; t++) {
      bytes.set(at.bytes);
      search.notes.set(at.notes);
      if (!isCandidate(m, t)) continue;
      dispatch(m, t);
      step(m, table, t);
      steps++;
      const fault = search.fault();
      if (fault !== null) return { states: seen.size, steps, fault };
      const state = key();
      if (seen.has(state) || !search.goesOn()) continue;
      seen.add(state);
      if (seen.size > search.statesMax) throw new Error(`more than ${search.statesMax} states`);
      stack.push({ bytes: bytes.slice(), notes: search.notes.slice() });
    }
  }
  return { states: seen.size, steps, fault: null };
}
