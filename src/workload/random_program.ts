/**
 * Random programs: kvfree_rcu calls at a given rate, page traffic of all types and orders, readers, irq-off callers,
 * sleeps. Each program draws its own mix, in which some kinds of calls are left out: rare states are reached sooner
 * when not everything happens all the time (swarm testing).
 */
import type { Prng } from "../sim/prng.ts";
import { Calls } from "./calls.ts";
import { GFP_NAMES } from "./gfps.ts";
import { CODE, SLOTS } from "./program.ts";
import { WAIT } from "./wait_for_readers.ts";

/** What random programs are drawn from. */
export interface RandomProgramOptions {
  /** Calls of the program, without the closing ones. */
  readonly calls: number;
  /** kvfree_rcu calls a second and thread, 0 for as fast as it goes. */
  readonly rateHz: number;
  /** Number of kmalloc caches. */
  readonly caches: number;
  /** Largest order of page traffic. */
  readonly orderMax: number;
}

/** Kinds of calls and how often each is drawn when the mix has it. */
const KINDS: readonly (readonly [string, number])[] = [
  ["kvfree", 24],
  ["kvfreeOneArg", 1],
  ["kvfreeVmalloc", 1],
  ["alloc", 8],
  ["free", 8],
  ["reader", 4],
  ["irqOffKvfree", 4],
  ["sleep", 2],
  ["wait", 1],
  ["fill", 1],
];

/** Draws the program of a thread. It ends with its readers closed and its pages freed. */
export function randomThreadProgram(prng: Prng, options: RandomProgramOptions): Int32Array {
  const mix = KINDS.map(([kind, weight]) => kind === "kvfree" || prng.chance(3, 4) ? weight : 0);
  const calls = new Calls();
  for (let i = 0; i < options.calls; i++) addCall(calls, prng, KINDS[prng.weighted(mix)]![0], options);
  return calls.end();
}

function addCall(calls: Calls, prng: Prng, kind: string, options: RandomProgramOptions): void {
  const { rateHz, caches, orderMax } = options;
  const gapNs = rateHz === 0 ? 0 : Math.min(1e9, Math.round(prng.exponential(1e9 / rateHz)));
  const cache = prng.upTo(caches - 1);
  switch (kind) {
    case "kvfree":
    case "kvfreeOneArg":
      if (gapNs > 0) calls.add(CODE.work, gapNs);
      return calls.add(CODE.kvfree, cache, kind === "kvfree" ? 0 : 1);
    case "kvfreeVmalloc":
      return calls.add(CODE.kvfreeVmalloc, prng.between(1, 4), 0);
    case "alloc":
      return addAlloc(calls, prng, orderMax, prng.upTo(GFP_NAMES.length - 1));
    case "free":
      return calls.add(CODE.free, prng.upTo(SLOTS - 1));
    case "reader":
      calls.add(CODE.readLock);
      for (let i = prng.upTo(3); i > 0; i--) calls.add(CODE.kvfree, cache, 0);
      return calls.add(CODE.readUnlock);
    case "irqOffKvfree":
      calls.add(CODE.irqOff);
      calls.add(CODE.kvfree, cache, 0);
      return calls.add(CODE.irqOn);
    case "sleep":
      return calls.add(CODE.sleep, prng.between(1, 4));
    case "wait":
      return calls.add(CODE.wait, prng.upTo(WAIT.barrier));
    case "fill":
      return calls.add(CODE.fill, prng.between(1, 32));
  }
}

/** An allocation into a slot that is emptied first; high orders are drawn less often. */
function addAlloc(calls: Calls, prng: Prng, orderMax: number, gfp: number): void {
  const slot = prng.upTo(SLOTS - 1);
  const order = prng.chance(2, 3) ? 0 : prng.upTo(orderMax);
  calls.add(CODE.free, slot);
  calls.add(CODE.alloc, order + 16 * gfp, slot);
}

/** Draws the program of a device: atomic page traffic and kvfree_rcu calls, with gaps between its interrupts. */
export function randomDeviceProgram(
  prng: Prng,
  interrupts: number,
  meanGapNs: number,
  caches: number,
): Int32Array {
  const calls = new Calls();
  for (let i = 0; i < interrupts; i++) {
    calls.add(CODE.work, Math.min(1e9, Math.round(prng.exponential(meanGapNs))));
    const slot = prng.upTo(SLOTS - 1);
    switch (prng.upTo(2)) {
      case 0:
        calls.add(CODE.kvfree, prng.upTo(caches - 1), 0);
        break;
      case 1:
        calls.add(CODE.free, slot);
        calls.add(CODE.alloc, 16 * 2, slot);
        break;
      default:
        calls.add(CODE.free, slot);
    }
  }
  return calls.end();
}
