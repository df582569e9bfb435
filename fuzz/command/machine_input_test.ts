/** The machine that is made of a command line. */
import { assertEquals } from "@std/assert";
import { Options, readTable } from "./option_table.ts";
import { readMachine } from "./machine_input.ts";
import { machineOf } from "./run_options.ts";
import { RUN_TABLE } from "./run_table.ts";
import { build_zonelists } from "../../src/mm/zonelist.ts";

Deno.test("--distance decides to which node a CPU falls back first", () => {
  const zonelistsOf = (...argv: string[]) => {
    const machine = ["--mem", "256M", "--cpus", "4", "--nodes", "4", ...argv];
    const { geometry } = readMachine(machineOf(new Options(readTable(machine, RUN_TABLE), RUN_TABLE)));
    const nodes = build_zonelists(geometry)[0]!;
    return [...new Set([...nodes].map((zone) => geometry.zones[zone]!.nid))];
  };
  assertEquals(zonelistsOf(), [0, 1, 2, 3]);
  const ring = "10,30,20,15/30,10,15,20/20,15,10,30/15,20,30,10";
  assertEquals(zonelistsOf("--distance", ring), [0, 3, 2, 1]);
});
