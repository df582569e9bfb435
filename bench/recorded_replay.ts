/**
 * The work of the replay benchmark: a recorded trace, compressed as it was kept, read and replayed.
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

/** The recorded kernel, as far as its lists go. */
export const RECORDED_PROFILE = profileNamed("v5_9");

/**
 * Reads the recording's files; what it returns replays them and tells how many lines and events there were.
 *
 * @param times How often the recording comes in a row, as one trace whose compressed parts follow each other: for the
 * speed of a long trace. What is predicted then means nothing at the seams, where time goes back.
 */
export function recordedReplay(times: number = 1): (
  options: Pick<ReplayOptions, "identity" | "whatIf">,
) => Promise<{ readonly lines: number; readonly events: number }> {
  const zipped = Deno.readFileSync(new URL("trace.txt.gz", FOLDER));
  const text = (name: string) => Deno.readTextFileSync(new URL(name, FOLDER));
  const input = {
    zoneinfo: parseZoneinfo(text("zoneinfo.before")),
    pcplists: parsePcplists(text("pcplists.before")),
    pageBlockOrder: parsePagetypeinfo(text("pagetypeinfo.before")).pageBlockOrder,
  };
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    for (let time = 0; time < times; time++) {
      for (let from = 0; from < zipped.length; from += CHUNK_BYTES) {
        yield zipped.subarray(from, from + CHUNK_BYTES);
      }
    }
  }
  return async (options) => {
    const replay = new Replay(input, { profile: RECORDED_PROFILE, file: "trace.txt.gz", ...options });
    const { lines } = await readTrace(chunks(), replay);
    return { lines, events: replay.finish().events };
  };
}
