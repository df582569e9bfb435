/**
 * Programs as data that came from outside, and what may be taken out of one without breaking its rules.
 */
import { MAX_ORDER } from "../mm/gfp.ts";
import { GFPS } from "./gfps.ts";
import { CALL_WORDS, CODE, SLOTS } from "./program.ts";

/** The programs of a run: those of the threads, and those of the CPUs' devices. Three numbers a call: CODE, a, b. */
export interface Programs {
  /** Of each thread of the load. */
  readonly threads: readonly (readonly number[])[];
  /** Of each CPU's device, null for none. */
  readonly devices: readonly (readonly number[] | null)[];
}

/** Largest first and second argument of each call on a machine; what is not here has no limit but 2^31. */
function largest(code: number, caches: number, cpus: number): readonly [number, number] {
  switch (code) {
    case CODE.kvfree:
      return [caches - 1, 1];
    case CODE.kvfreeVmalloc:
      return [1024, 1];
    case CODE.alloc:
      return [(GFPS.length - 1) * 16 + MAX_ORDER - 1, SLOTS - 1];
    case CODE.free:
      return [SLOTS - 1, 0];
    case CODE.wait:
      return [4, 0];
    case CODE.cpuDown:
    case CODE.cpuUp:
      return [cpus - 1, 0];
    default:
      return [2 ** 31 - 1, 2 ** 31 - 1];
  }
}

/**
 * A program of numbers, as a machine of so many caches and CPUs can run it.
 *
 * @throws RangeError when it cannot.
 */
export function readProgram(words: readonly number[], caches: number, cpus: number): Int32Array {
  const known: readonly number[] = Object.values(CODE);
  const fail = (call: number) => {
    const given = words.slice(call * CALL_WORDS, (call + 1) * CALL_WORDS).join(", ");
    throw new RangeError(
      `Cannot use program: call ${call} of it is [${given}], which no machine of the run can do`,
    );
  };
  if (words.length % CALL_WORDS !== 0) fail(Math.floor(words.length / CALL_WORDS));
  for (let i = 0; i < words.length; i += CALL_WORDS) {
    const [code, a, b] = [words[i]!, words[i + 1]!, words[i + 2]!];
    const [aMax, bMax] = largest(code, caches, cpus);
    const aMin = code === CODE.cpuDown || code === CODE.cpuUp ? -1 : 0;
    const isOrder = code !== CODE.alloc || (a & 15) < MAX_ORDER;
    const areWhole = [code, a, b].every(Number.isSafeInteger);
    if (!known.includes(code) || !areWhole || a < aMin || a > aMax || b < 0 || b > bMax || !isOrder) {
      fail(i / CALL_WORDS);
    }
  }
  return Int32Array.from(words);
}

/** What opens something, and what closes it. */
const PAIRS: readonly (readonly [number, number])[] = [
  [CODE.readLock, CODE.readUnlock],
  [CODE.irqOff, CODE.irqOn],
];

/**
 * The units of a program: calls that go together, each as the indices of its calls. A reader is one unit and each of
 * its inner calls another one, so that it can lose them before it goes itself.
 */
export function unitsOf(words: ArrayLike<number>): number[][] {
  const units: number[][] = [];
  const open: number[][] = PAIRS.map(() => []);
  for (let i = 0; i * CALL_WORDS < words.length; i++) {
    const code = words[i * CALL_WORDS]!;
    if (code === CODE.end) continue;
    const opens = PAIRS.findIndex(([on]) => on === code);
    const closes = PAIRS.findIndex(([, off]) => off === code);
    if (opens >= 0) open[opens]!.push(units.push([i]) - 1);
    else if (closes >= 0) {
      const unit = open[closes]!.pop();
      if (unit === undefined) units.push([i]);
      else units[unit]!.push(i);
    } else units.push([i]);
  }
  return units;
}

/** The program with nothing but some units, in order, and its end. */
export function programOfUnits(words: ArrayLike<number>, units: readonly (readonly number[])[]): number[] {
  const kept: number[] = [];
  for (const i of units.flat().sort((a, b) => a - b)) {
    for (let word = 0; word < CALL_WORDS; word++) kept.push(words[i * CALL_WORDS + word]!);
  }
  return [...kept, CODE.end, 0, 0];
}
