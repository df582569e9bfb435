/**
 * The queue with a real Redis on loopback: a worker killed in the middle, Redis restarted, the bytes of a local sweep.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { connectionFrom, QUEUE } from "./connection.ts";
import { pathOf } from "../fuzz/command/path_of.ts";

const ROOT = pathOf("..", import.meta.url);
const FILES = ["runs.csv", "latency.csv", "kfree_bulk.csv", "miss_streaks.csv", "cells.csv"];
const SWEEP = [
  ...["--axis", "workload=random", "--axis", "calls=40000", "--axis", "pcp_high=62,8"],
  ...["--seeds", "16", "--quiet"],
];

async function hasRedis(): Promise<boolean> {
  try {
    return (await new Deno.Command("redis-server", { args: ["--version"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
const here = await hasRedis();

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

function redis(dir: string, port: number): Deno.ChildProcess {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
  return new Deno.Command("redis-server", {
    args: [...args, "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function start(script: string, port: number, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", "-A", script, ...args],
    cwd: `${ROOT}/queue`,
    env: { REDIS_URL: `redis://127.0.0.1:${port}` },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
  await child.status;
}

function journalLines(folder: string): number {
  try {
    return Deno.readTextFileSync(`${folder}/journal.jsonl`).split("\n").length - 2;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/**
 * Kills a worker that holds a job, so that one is left without an owner. Whether it holds one is only certain once it
 * stands still: what both hold then and a while later is its own.
 */
async function killHolder(worker: Deno.ChildProcess, port: number): Promise<void> {
  const { Queue } = await import("./bullmq.ts");
  const env = (name: string) => name === "REDIS_URL" ? `redis://127.0.0.1:${port}` : undefined;
  const queue = new Queue(QUEUE, { connection: connectionFrom(env, () => "") });
  const held = async () => new Set((await queue.getActive()).map((job) => job.id));
  try {
    for (let i = 0; i < 20; i++) {
      worker.kill("SIGSTOP");
      const first = await held();
      await new Promise((resolve) => setTimeout(resolve, 700)); // a run takes much less
      const still = [...await held()].filter((id) => first.has(id));
      worker.kill(still.length === 1 ? "SIGKILL" : "SIGCONT");
      if (still.length === 1) return void await worker.status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("expected the worker to hold a job in one of 20 moments");
  } finally {
    await queue.close();
  }
}

async function untilLines(folder: string, lines: number): Promise<void> {
  for (let i = 0; journalLines(folder) < lines; i++) {
    if (i > 600) throw new Error(`expected ${lines} runs within 30 s, got ${journalLines(folder)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test({
  name: "queue: a worker killed and Redis restarted in the middle, the bytes are those of a local sweep" +
    (here ? "" : " (ignored: no redis-server here)"),
  ignore: !here,
  async fn() {
    const dir = await Deno.makeTempDir();
    const port = freePort();
    const started: Deno.ChildProcess[] = [];
    const keep = (child: Deno.ChildProcess) => (started.push(child), child);
    try {
      await Deno.mkdir(`${dir}/redis`);
      let server = keep(redis(`${dir}/redis`, port));
      const quick = ["--lock_ms", "1500", "--stalled_ms", "700"];
      const first = keep(start("worker.ts", port, quick));
      keep(start("worker.ts", port, quick));
      const producer = keep(start("producer.ts", port, [...SWEEP, "--out", `${dir}/queue`]));
      await untilLines(`${dir}/queue`, 4);
      await killHolder(first, port);
      await untilLines(`${dir}/queue`, 10);
      server.kill("SIGTERM");
      await server.status;
      server = keep(redis(`${dir}/redis`, port));
      assertEquals((await producer.status).code, 0);
      const local = new Deno.Command(Deno.execPath(), {
        args: ["run", "--frozen", "-A", "fuzz/sweep/main.ts", ...SWEEP, "--out", `${dir}/local`],
        cwd: ROOT,
      });
      assertEquals((await local.output()).code, 0);
      for (const name of FILES) {
        const [made, expected] = ["queue", "local"].map((f) => Deno.readTextFileSync(`${dir}/${f}/${name}`));
        assert(made === expected, `${name} differs`);
      }
    } finally {
      for (const child of started.reverse()) await end(child);
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("connectionFrom() takes TLS and the password from the environment, and no password in the clear", () => {
  const from = (env: Record<string, string>) => connectionFrom((name) => env[name], (path) => `<${path}>`);
  const { host, port, password, tls } = from({
    REDIS_URL: "rediss://redis.example:6380",
    REDIS_PASSWORD: "secret",
    REDIS_CA: "ca.pem",
  });
  assertEquals([host, port, password, tls], ["redis.example", 6380, "secret", {
    servername: "redis.example",
    ca: "<ca.pem>",
  }]);
  const { retryStrategy, ...local } = from({});
  assertEquals(local, { host: "127.0.0.1", port: 6379, maxRetriesPerRequest: null });
  assertEquals([1, 2, 20, 1000].map(retryStrategy), [50, 100, 1000, 1000]);
  const names = ({ host, port, username, password, tls }: ReturnType<typeof from>) => [
    ...[host, port, username, password],
    tls?.servername,
  ];
  assertEquals(names(from({ REDIS_URL: "redis://me:p%40ss@[::1]:7000" })), [
    "::1",
    7000,
    "me",
    "p@ss",
    undefined,
  ]);
  assertEquals(
    names(from({ REDIS_URL: "redis://me:p@localhost", REDIS_USERNAME: "you", REDIS_PASSWORD: "q" })),
    [
      ...["localhost", 6379, "you", "q"],
      undefined,
    ],
  );
  assertEquals(names(from({ REDIS_URL: "rediss://me@far" })), ["far", 6379, "me", undefined, "far"]);
  for (const REDIS_URL of ["http://x", "redis:", "x"]) {
    assertThrows(() => from({ REDIS_URL }), RangeError, "redis://");
  }
  assertThrows(() => from({ REDIS_URL: "redis://far:1", REDIS_PASSWORD: "p" }), RangeError, "rediss://");
  assertThrows(() => from({ REDIS_URL: "redis://:p@far" }), RangeError, "rediss://");
});
