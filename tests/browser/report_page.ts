/** The page of `deno task report` in a real browser: a run of its own, since the driver asks for every permission. */
import { assert, assertEquals } from "@std/assert";
import { main as fuzz } from "../../fuzz/main.ts";
import { main as report } from "../../fuzz/report/main.ts";
import { launch, NO_BROWSER, visit } from "../support/browser.ts";

/** Nothing stands out of its chart to the left or right, and no text lies on another. */
const OVERLAPS = `[...document.querySelectorAll("figure > svg")].flatMap((svg) => {
  const frame = svg.parentElement.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent !== "" && t.children.length === 0);
  const boxes = texts.map((t) => t.getBoundingClientRect());
  return boxes.flatMap((a, i) => [
    ...(a.left < frame.left - 1 || a.right > frame.right + 1 ? [texts[i].textContent + " stands out"] : []),
    ...boxes.slice(i + 1).flatMap((b, k) =>
      a.right - 1 > b.left && b.right - 1 > a.left && a.bottom - 2 > b.top && b.bottom - 2 > a.top
        ? [texts[i].textContent + " lies on " + texts[i + 1 + k].textContent] : []),
  ]);
})`;

Deno.test({
  name: `a report renders on a desk, on a phone, in the dark and in print, and asks for nothing${NO_BROWSER}`,
  ignore: NO_BROWSER !== "",
  async fn() {
    const folder = Deno.makeTempDirSync();
    const options = ["--calls", "400", "--runs", "8", "--strategy", "lockless,nowait,none", "--quiet"];
    assertEquals(fuzz(["--scheduler", "virtual", ...options, "--out", folder]), 0);
    assertEquals(report([folder, "--quiet"]), 0);
    const browser = await launch();
    try {
      const url = `file://${folder}/report.html`;
      for (const scheme of ["light", "dark"] as const) {
        for (const width of [1280, 360]) {
          const { page, errors, requests } = await visit(browser, url, {
            viewport: { width, height: 800 },
            colorScheme: scheme,
          });
          assertEquals(errors, []);
          assertEquals(requests.filter((request) => request !== url && !request.startsWith("data:")), []);
          assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
          assertEquals(await page.evaluate(OVERLAPS), []);
          assert(await page.locator('figure > svg[role="img"]').count() >= 5);
          await page.emulateMedia({ media: "print" });
          assertEquals(await page.locator("nav").isVisible(), false);
          assert(await page.locator("table").last().isVisible());
          await page.context().close();
        }
      }
    } finally {
      await browser.close();
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
