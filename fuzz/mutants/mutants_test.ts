/**
 * `deno task mutants` at smoke size.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { MUTATIONS } from "../../src/mutation/registry.ts";
import { main, mutantRows } from "./main.ts";

/** Runs with console output kept. */
function quietly(argv: readonly string[]): { code: number; said: string } {
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (text: string) => void said.push(text);
  try {
    return { code: main(argv), said: said.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

const ONE = { seeds: 2, runsMax: 40, seconds: 20, seed: "test" } as const;

Deno.test("mutantRows() finds a lost decrement under every scheduler, and how small a program shows it", () => {
  const mutations = MUTATIONS.filter((m) => m.id === "M3");
  const rows = mutantRows({ ...ONE, mutations, schedulers: ["random", "pct", "virtual"] });
  assertEquals(rows.map((r) => [r.id, r.scheduler, r.found]), [
    ["M3", "random", true],
    ["M3", "pct", true],
    ["M3", "virtual", true],
  ]);
  for (const { checker, executions, minimal } of rows) {
    assert(checker === "pcp_count" && executions! >= 1 && minimal! >= 1 && minimal! <= 300, checker ?? "");
  }
});

Deno.test("mutantRows() says of a bug that is none that it was not found", () => {
  const harmless = { id: "none", summary: "changes nothing", caughtBy: [], apply() {} };
  const [row] = mutantRows({ ...ONE, seeds: 1, runsMax: 2, mutations: [harmless], schedulers: ["random"] });
  assertEquals(row, {
    id: "none",
    found: false,
    checker: null,
    scheduler: "random",
    executions: null,
    seconds: null,
    minimal: null,
  });
});

Deno.test("main() of mutants prints a table or JSON, and refuses what it does not know", () => {
  const table = quietly(["--mutation", "M3", "--scheduler", "random", "--seeds", "1"]);
  assertEquals(table.code, 0);
  assertMatch(
    table.said,
    /mutation +scheduler +found +checker +runs +seconds +calls\nM3 +random +yes +pcp_count/,
  );
  const json = quietly(["--mutation", "M3", "--scheduler", "random", "--seeds", "1", "--json"]);
  assertEquals(JSON.parse(json.said)[0].id, "M3");
  const wrong = quietly(["--mutation", "M99"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.said, /--mutation: expected one of M1/);
  assertEquals(quietly(["--help"]).code, 0);
});
