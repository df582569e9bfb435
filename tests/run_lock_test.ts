/**
 * deno.run.lock: the packages of the tasks that people run, and no others. With deno.lock, which also holds those of
 * reports and tests, Deno would fetch 36 MB before a first `deno task fuzz`.
 */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const lockOf = (name: string) => JSON.parse(Deno.readTextFileSync(new URL(name, ROOT)));
const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const commands = Object.values(tasks as Record<string, { command: string }>).map((task) => task.command)
  .filter((command) => command.includes("--lock=deno.run.lock"));

Deno.test("deno.run.lock pins the packages of deno.lock that the tasks need, and no others", () => {
  const [run, all] = [lockOf("deno.run.lock"), lockOf("deno.lock")];
  for (const [name, entry] of Object.entries(run.npm)) assertEquals(entry, all.npm[name], name);
  assertEquals(Object.keys(run.npm).map((name) => name.replace(/@[^@]+$/, "")), ["deno-std", "seedrandom"]);
});

Deno.test("deno.run.lock is up to date for every task that uses it", async () => {
  assert(commands.length >= 4);
  for (const command of commands) {
    const entry = /\S+\.ts/.exec(command)![0];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["cache", "--lock=deno.run.lock", "--frozen", entry],
      cwd: ROOT,
    }).output();
    assert(success, `${entry}: ${new TextDecoder().decode(stderr)}`);
  }
});
