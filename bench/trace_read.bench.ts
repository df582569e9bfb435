/**
 * How many lines of a compressed trace are read in a second, on one core?
 *
 * Expected: at least 1.5 million from gzip, so that reading is not what limits a replay of one million events a second.
 * Refuted when an iteration over the recording (63,649 lines) takes longer than 42 ms. The second row reads the same
 * text without compression: the difference is what decompression costs.
 *
 * @module
 */
import { readTrace, type TraceSink } from "../mod.ts";

const CHUNK_BYTES = 64 * 1024;
const zipped = Deno.readFileSync(
  new URL("../tests/fixtures/rep2_low_s2_ll_f30000/trace.txt.gz", import.meta.url),
);
const text = await new Response(streamOf(zipped).pipeThrough(new DecompressionStream("gzip"))).bytes();

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let from = 0;
  return new ReadableStream({
    pull(controller) {
      if (from >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(from, from += CHUNK_BYTES));
    },
  });
}

/** Reads the recording; the sum keeps the sink from being optimised away. */
async function linesOf(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  let sum = 0;
  const sink: TraceSink = { event: (event) => void (sum += event.pfn) };
  const { lines } = await readTrace(streamOf(bytes), sink);
  return sum === 0 ? 0 : lines;
}

const lines = await linesOf(zipped);

Deno.bench(`readTrace: ${lines} lines from gzip`, { group: "trace_read", baseline: true }, async () => {
  await linesOf(zipped);
});

Deno.bench(`readTrace: ${lines} lines of text`, { group: "trace_read" }, async () => {
  await linesOf(text);
});
