/**
 * The site: a fixed set of answers, made once at the start. No path of a request ever reaches the file system, and the
 * page may load nothing from anywhere else.
 */

import { pathOf } from "../command/path_of.ts";

/** One file of the site. */
interface Answer {
  readonly type: string;
  readonly body: string;
}

/** What the page may do: its own scripts, styles and worker, no connection to anybody. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

const PAGE = new URL("../../page/", import.meta.url);
const TEXTS = { "/": ["index.html", "text/html"], "/style.css": ["style.css", "text/css"] } as const;
const SCRIPTS = { "/main.js": "main.ts", "/worker.js": "worker.ts" } as const;

/** Bundles a script of the page with all that it imports: the same sources that the command line runs. */
async function bundled(file: string): Promise<string> {
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: [pathOf(file, PAGE.href)],
    write: false,
    platform: "browser",
    format: "esm",
    minify: true,
  });
  const text = outputFiles?.[0]?.text();
  if (!success || text === undefined) {
    throw new Error(`Cannot bundle ${file}: ${errors.map((e) => e.text).join(", ")}`);
  }
  return text;
}

/** The answers of the site by path. */
export async function buildSite(): Promise<ReadonlyMap<string, Answer>> {
  const site = new Map<string, Answer>();
  for (const [path, [file, type]] of Object.entries(TEXTS)) {
    site.set(path, { type: `${type}; charset=utf-8`, body: Deno.readTextFileSync(new URL(file, PAGE)) });
  }
  site.set("/icon.svg", { type: "image/svg+xml", body: Deno.readTextFileSync(new URL("icon.svg", PAGE)) });
  for (const [path, file] of Object.entries(SCRIPTS)) {
    site.set(path, { type: "text/javascript; charset=utf-8", body: await bundled(file) });
  }
  return site;
}

/** Names under which a browser on this machine may ask: any other is a foreign page that points its name at us. */
const HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

/** Answers one request. */
export function answer(site: ReadonlyMap<string, Answer>, request: Request): Response {
  if (!HOST.test(request.headers.get("host") ?? "")) return plain(421, "not a name of this machine");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "only GET and HEAD", { allow: "GET, HEAD" });
  }
  const found = site.get(new URL(request.url).pathname);
  if (found === undefined) return plain(404, "no such page");
  const headers = { ...HEADERS, "content-type": found.type };
  return new Response(request.method === "HEAD" ? null : found.body, { headers });
}
