/**
 * Makes a machine of 1 TiB with 256 CPUs, then does random page operations on it, as many as the argument says. A
 * program of its own, so that its memory is that of this machine; prints {@link LargeMachine} as JSON.
 */
import { Collector, defaultRunOptions, geometryFromSize, planMachine } from "../../mod.ts";
import { PageMix } from "../../bench/page_mix.ts";

/** Pages of the machine, as a power of two. */
const SHIFT = 28;

/** What was measured. */
export interface LargeMachine {
  /** Time to make the machine, in ms. */
  readonly constructMs: number;
  /** Memory of the process with the machine in it, in MB. */
  readonly constructMb: number;
  /** Memory of the process after the operations, in MB. */
  readonly operatedMb: number;
}

const residentMb = () => Deno.memoryUsage().rss / 1e6;

function measure(operations: number): LargeMachine {
  const geometry = geometryFromSize({ memoryBytes: 2 ** (SHIFT + 12), cpus: 256, nodes: 1 });
  const startedMs = performance.now();
  const machine = planMachine({ ...defaultRunOptions(geometry), profile: "v6_1" });
  const constructMs = performance.now() - startedMs;
  const constructMb = residentMb();
  machine.m.events.subscribe(new Collector(machine.m));
  new PageMix(machine, SHIFT).run(operations);
  return { constructMs, constructMb, operatedMb: residentMb() };
}

if (import.meta.main) console.log(JSON.stringify(measure(Number(Deno.args[0]))));
