/**
 * The page of `deno task serve` copies a command line: it is one that the fuzz task takes, and it makes the page's run.
 */
import { assertEquals } from "@std/assert";
import { readArguments } from "../fuzz/arguments.ts";
import { readMachine } from "../fuzz/command/machine_input.ts";
import { defaultRunOptions, type RunOptions } from "../mod.ts";
import { liveArguments, liveRunOptions, type LiveSetup, PRESETS } from "../src/live/setup.ts";

const SETUPS: readonly { readonly name: string; readonly setup: LiveSetup }[] = [
  ...PRESETS,
  { name: "a call rate", setup: { ...PRESETS[0]!.setup, rateHz: 20_000 } },
  { name: "large numbers", setup: { ...PRESETS[0]!.setup, rateHz: 1e7, pressure: 0.995, cpus: 3 } },
];

/** What the fuzz task makes of a command line, run 0. */
function runOf(argv: readonly string[]): RunOptions {
  const { machine, run, schedulers, strategies, runs } = readArguments(argv);
  const { geometry, initialPcp } = readMachine(machine);
  assertEquals([runs, schedulers.length, strategies.length], [1, 1, 1]);
  return {
    ...defaultRunOptions(geometry),
    initialPcp,
    ...run,
    scheduler: schedulers[0]!,
    strategy: strategies[0]!,
  };
}

for (const { name, setup } of SETUPS) {
  Deno.test(`liveArguments() of "${name}" are the command line of liveRunOptions()`, () => {
    assertEquals(runOf(liveArguments(setup)), liveRunOptions(setup, 0));
  });
}
