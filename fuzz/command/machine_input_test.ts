/** The machine that is made of a command line. */
import { assertEquals, assertThrows } from "@std/assert";
import { ImportError } from "../../mod.ts";
import { Options, readTable } from "./option_table.ts";
import { readMachine } from "./machine_input.ts";
import { pathOf } from "./path_of.ts";
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

Deno.test("--pcplists of other zones or CPUs than --zoneinfo are refused: half of them would be left out", () => {
  const of = (recording: string) => pathOf(`../../tests/fixtures/${recording}/`, import.meta.url);
  const read = (zoneinfo: string, pcplists: string) =>
    readMachine({ zoneinfo: `${of(zoneinfo)}zoneinfo.before`, pcplists: `${of(pcplists)}pcplists.before` });
  assertEquals(read("low_s2_ll_f0", "low_s2_ll_f0").initialPcp.length, 4);
  assertThrows(
    () => read("low_s2_ll_f0", "numa_s4_ll_f0"),
    ImportError,
    "must be about the zones of zoneinfo, got node 1, zone DMA32; is it of another machine?",
  );
  assertThrows(
    () => read("low_s2_ll_f0", "low_s4_ll_f0"),
    ImportError,
    "must be about the CPUs of zoneinfo, got pages of CPU 2; is it of another machine?",
  );
});
