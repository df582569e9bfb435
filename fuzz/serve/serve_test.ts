/** `deno task serve`: what the server answers. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "./main.ts";
import { answer, buildSite } from "./site.ts";

const site = await buildSite();
const ask = (path: string, init: RequestInit = {}, host = "127.0.0.1:8421") =>
  answer(site, new Request(`http://127.0.0.1:8421${path}`, { ...init, headers: { host } }));

Deno.test("answer() gives the page, its scripts and style, each with its type", () => {
  for (
    const [path, type] of [["/", "html"], ["/main.js", "javascript"], ["/worker.js", "javascript"], [
      "/style.css",
      "css",
    ]]
  ) {
    const { status, headers } = ask(path!);
    assertEquals(status, 200);
    assertMatch(headers.get("content-type")!, new RegExp(`^text/${type}; charset=utf-8$`));
    assertMatch(headers.get("content-security-policy")!, /^default-src 'none'; script-src 'self';/);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("answer() knows nothing but the site", () => {
  const paths = [
    "/deno.json",
    "/../deno.json",
    "/%2e%2e/deno.json",
    "//etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/main.ts",
  ];
  for (const path of paths) assertEquals(ask(path).status, 404, path);
});

Deno.test("answer() refuses other methods, and names that are not this machine's", () => {
  assertEquals(ask("/", { method: "POST" }).status, 405);
  assertEquals(ask("/", { method: "HEAD" }).status, 200);
  assertEquals(ask("/", {}, "evil.example").status, 421);
  assertEquals(ask("/", {}, "127.0.0.1.evil.example:8421").status, 421);
  assertEquals(ask("/", {}, "localhost:8421").status, 200);
});

Deno.test("the scripts of the site hold nothing that a strict policy refuses", () => {
  for (const path of ["/main.js", "/worker.js"]) {
    const { body } = site.get(path)!;
    assert(!/\beval\(|new Function\b|\bimport\(/.test(body), path);
  }
});

Deno.test("deno task serve refuses a wrong call and a port that is taken", async () => {
  const errors: string[] = [];
  const { error } = console;
  console.error = (text: string) => void errors.push(text);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    assertEquals(await main(["--prot", "1"]), 2);
    assertEquals(await main(["--port", "65536"]), 2);
    assertEquals(await main(["--port", String(listener.addr.port), "--quiet"]), 3);
  } finally {
    console.error = error;
  }
  assertMatch(errors[0]!, /did you mean --port\?/);
  assertMatch(errors[2]!, /^Cannot listen on port/);
});
