/**
 * A timeline in a viewer that many people use: speedscope in a real browser reads it and complains of nothing.
 */
import { assert, assertEquals } from "@std/assert";
import viewer from "speedscope/package.json" with { type: "json" };
import { main } from "../fuzz/main.ts";

const CHROMIUM = "/usr/bin/chromium";

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Folder of the viewer's page in the package cache. */
function viewerFolder(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  for (const registry of Deno.readDirSync(npmCache)) {
    const folder = `${npmCache}/${registry.name}/speedscope/${viewer.version}/dist/release`;
    if (isThere(`${folder}/index.html`)) return folder;
  }
  throw new Error(`no viewer below ${npmCache}`);
}

/** What the viewer prints while it reads a timeline, and the page as it then is. */
function openInViewer(folder: string, timeline: string): { log: string; page: string } {
  const bytes = btoa(Deno.readTextFileSync(timeline));
  Deno.writeTextFileSync(`${folder}/profile.js`, `speedscope.loadFileFromBase64("timeline.json","${bytes}")`);
  const { stdout, stderr } = new Deno.Command(CHROMIUM, {
    args: [
      ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        .split(" "),
      ..."--disable-component-update --disable-sync --allow-file-access-from-files --enable-logging=stderr"
        .split(" "),
      `--user-data-dir=${folder}/browser`,
      "--virtual-time-budget=8000",
      "--dump-dom",
      `file://${viewerFolder()}/index.html#localProfilePath=${folder}/profile.js`,
    ],
  }).outputSync();
  const text = (raw: Uint8Array) => new TextDecoder().decode(raw);
  return { log: text(stderr), page: text(stdout) };
}

const why = isThere(CHROMIUM) ? "" : ` (skipped: there is no ${CHROMIUM})`;

Deno.test({
  name: `fuzz --timeline draws what a viewer reads without a complaint${why}`,
  ignore: why !== "",
  fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const timeline = `${folder}/timeline.json`;
      const storm = [
        "--workload",
        "kfree_storm",
        "--kfree_loops",
        "1",
        "--scheduler",
        "virtual",
        "--pcp",
        "8/2",
      ];
      const out = [
        "--out",
        `${folder}/out`,
        "--quiet",
        "--timeline",
        timeline,
        "--timeline_sections",
        "5000",
      ];
      assertEquals(main(["--runs", "1", ...storm, ...out]), 0);
      const { log, page } = openInViewer(folder, timeline);
      assert(/Importing as Trace Event Format/.test(log), log);
      assert(!/Tried to end|went wrong/.test(log + page), log);
      assert(/sections[^<]*CPU 0/.test(page), "the lane of the first CPU is shown");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
