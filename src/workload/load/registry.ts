/**
 * The loads whose threads run programs: one file and one line each.
 */
import { closeOpen } from "./close_open.ts";
import { hotplug } from "./hotplug.ts";
import { interrupt } from "./interrupt.ts";
import type { Load } from "./load.ts";
import { memoryPressure } from "./memory_pressure.ts";
import { mixedChannels } from "./mixed_channels.ts";
import { onOff } from "./on_off.ts";
import { oneArgument } from "./one_argument.ts";
import { pageChurn } from "./page_churn.ts";
import { poisson } from "./poisson.ts";

/** All of them. */
export const LOADS: readonly Load[] = [
  poisson,
  onOff,
  pageChurn,
  memoryPressure,
  closeOpen,
  hotplug,
  interrupt,
  oneArgument,
  mixedChannels,
];

/** The load of that name, undefined for the random programs and those of the kfree kind. */
export function loadNamed(name: string): Load | undefined {
  return LOADS.find((load) => load.name === name);
}
