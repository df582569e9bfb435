/** The page of `deno task serve` in a real browser. The driver asks for every permission, so it is a run of its own. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { serve } from "../../fuzz/serve/main.ts";
import { launch, NO_BROWSER, until, visit } from "../support/browser.ts";

Deno.test({
  name: `the page shows a storm within ten seconds, keeps to itself, and is quick${NO_BROWSER}`,
  ignore: NO_BROWSER !== "",
  async fn(t) {
    let url = "";
    const server = await serve(0, (at) => url = at);
    const browser = await launch();
    const figure = (page: Awaited<ReturnType<typeof visit>>["page"], name: string) =>
      page.evaluate(`Number(document.documentElement.dataset.${name} ?? 0)`) as Promise<number>;
    try {
      await t.step("a storm in ten seconds", async () => {
        const { page, errors, requests } = await visit(browser, url);
        await until(page, "Number(document.documentElement.dataset.storms) >= 1", 10_000);
        assertEquals(await page.locator("canvas").count(), 2);
        assertMatch(await page.locator("#command").innerText(), /^deno task fuzz .*--pcp 8\/2/);
        assertEquals(errors, []);
        for (const request of requests) assert(request.startsWith(url), request);
        await page.context().close();
      });
      await t.step("30 frames a second at a million sections a second", async () => {
        const { page, errors } = await visit(browser, url);
        await page.locator("#speed").fill("92");
        await until(
          page,
          "(({ reached, frames }) => reached >= 1e6 && frames >= 30)(document.documentElement.dataset)",
          20_000,
        );
        assertEquals(errors, []);
        await page.context().close();
      });
      await t.step("the keyboard steps, on a phone nothing is cut off", async () => {
        const { page, errors } = await visit(browser, url, { viewport: { width: 360, height: 740 } });
        // stopped before it has told of its first steps, it would be taken for one that has made none
        await until(page, "Number(document.documentElement.dataset.steps) > 0", 5000);
        await page.keyboard.press(" ");
        assertEquals(await page.locator("#play").innerText(), "Play");
        await page.waitForTimeout(200);
        const before = await figure(page, "steps");
        await page.keyboard.press("s");
        await until(page, `Number(document.documentElement.dataset.steps) === ${before + 1}`, 5000);
        assertMatch(await page.locator("#status").innerText(), /^CPU \d+ ran \w+\.\w+$/);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
        assertEquals(
          await page.evaluate(
            `[...document.querySelectorAll("#command span")].filter((s) => s.getClientRects().length > 1).length`,
          ),
          0,
          "no line ends inside an option",
        );
        await page.locator("#rateHz").fill("7");
        assertEquals(await page.locator("output[for=rateHz]").innerText(), "3\u202f000\u202f000");
        await page.locator("#cpus").focus();
        await page.keyboard.press("ArrowRight");
        assertEquals(await page.locator("canvas").count(), 3);
        assertMatch(await page.locator("#command").innerText(), /--cpus 3/);
        assertEquals(errors, []);
      });
    } finally {
      await browser.close();
      await server.shutdown();
    }
  },
});
