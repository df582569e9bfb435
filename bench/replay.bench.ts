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
import { RECORDED_PROFILE, recordedReplay } from "./recorded_replay.ts";

const replayed = recordedReplay();
const plain = { identity: false, whatIf: null };
const whatIf = {
  profile: RECORDED_PROFILE,
  size: { high: 4, batch: 1 },
  fraction: null,
  blockSource: "recorded",
} as const;
const { events } = await replayed(plain);
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
