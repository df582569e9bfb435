/**
 * How many events of a compressed trace are replayed in a second, on one core?
 *
 * Expected: at least one million, reading and decompressing included, so that a trace of an hour is a matter of
 * minutes. Refuted when an iteration over the recording (63,637 events) takes longer than 64 ms. The second row also
 * names every page with the contents of refills, the third also imagines smaller lists: what they cost is the
 * difference.
 *
 * @module
 */
import {
  parsePagetypeinfo,
  parsePcplists,
  parseZoneinfo,
  profileNamed,
  readTrace,
  Replay,
  type ReplayOptions,
} from "../mod.ts";

const CHUNK_BYTES = 64 * 1024;
const FOLDER = new URL("../tests/fixtures/rep2_low_s2_ll_f30000/", import.meta.url);
const zipped = Deno.readFileSync(new URL("trace.txt.gz", FOLDER));
const text = (name: string) => Deno.readTextFileSync(new URL(name, FOLDER));
const input = {
  zoneinfo: parseZoneinfo(text("zoneinfo.before")),
  pcplists: parsePcplists(text("pcplists.before")),
  pageBlockOrder: parsePagetypeinfo(text("pagetypeinfo.before")).pageBlockOrder,
};
const profile = profileNamed("v5_9");

async function* chunks(): AsyncGenerator<Uint8Array, void> {
  for (let from = 0; from < zipped.length; from += CHUNK_BYTES) {
    yield zipped.subarray(from, from + CHUNK_BYTES);
  }
}

/** Replays the recording; returns its number of events. */
async function replayed(options: Pick<ReplayOptions, "identity" | "whatIf">): Promise<number> {
  const replay = new Replay(input, { profile, file: "trace.txt.gz", ...options });
  await readTrace(chunks(), replay);
  return replay.finish().events;
}

const plain = { identity: false, whatIf: null };
const whatIf = { profile, size: { high: 4, batch: 1 }, fraction: null, blockSource: "recorded" } as const;
const events = await replayed(plain);
const group = "replay";

Deno.bench(`Replay: ${events} events from gzip`, { group, baseline: true }, async () => {
  await replayed(plain);
});

Deno.bench(`Replay: ${events} events, pages named`, { group }, async () => {
  await replayed({ identity: true, whatIf: null });
});

Deno.bench(`Replay: ${events} events, smaller lists imagined`, { group }, async () => {
  await replayed({ identity: false, whatIf });
});
