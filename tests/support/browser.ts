/**
 * A real Chromium for tests of pages, where one is installed. It is held to this machine: a request to anywhere else is
 * noted, and fails.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isInstalled(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

/** Why tests in a browser are left out here, or an empty text. */
export const NO_BROWSER: string = isInstalled() ? "" : ` (left out: no ${CHROMIUM})`;

/** A page, and what went wrong on it. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions. */
  readonly errors: readonly string[];
  /** Addresses that were asked for. */
  readonly requests: readonly string[];
}

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** Opens an address and notes what happens. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, errors, requests };
}

/** Waits until an expression of the page is true; a strict policy lets the page evaluate none by itself. */
export async function until(page: Page, expression: string, withinMs: number): Promise<void> {
  const startMs = performance.now();
  while (!await page.evaluate(expression)) {
    if (performance.now() - startMs > withinMs) throw new Error(`Not within ${withinMs} ms: ${expression}`);
    await page.waitForTimeout(50);
  }
}
