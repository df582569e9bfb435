/**
 * Reads a trace from a stream of bytes: ftrace text, `perf script` or `trace-cmd report`, plain or compressed with
 * gzip, told by the bytes themselves. A caller that decompresses on its own passes the text.
 *
 * @module
 */
import { gunzip, GunzipFault } from "./gunzip.ts";
import { type TraceOptions, TraceParser, type TraceSink } from "./trace_parser.ts";
import type { TraceSummary } from "./trace_summary.ts";

/** Files that are taken for traces by mistake: their first bytes, and what they are. */
const OTHER_FILES: readonly (readonly [string, string])[] = [
  ["\x17\x08Dtracing", 'a trace.dat of trace-cmd (use the output of "trace-cmd report")'],
  ["PERFILE2", 'a perf.data of perf (use the output of "perf script")'],
  ["\x28\xb5\x2f\xfd", "a file compressed with zstd (decompress it first)"],
  ["\xfd7zXZ", "a file compressed with xz (decompress it first)"],
  ["BZh", "a file compressed with bzip2 (decompress it first)"],
];
const HEAD_BYTES = 16;

/**
 * Reads a whole trace and gives its events to the sink, one by one.
 *
 * @param source Bytes of the file, in chunks of any size.
 * @returns What was read, once the last event has been delivered.
 * @throws {ImportError} When the bytes are no trace, or damaged, or end too early in compressed data; the events before
 * that place have been delivered then. What the source or the sink throws is passed on as it is.
 */
export async function readTrace(
  source: AsyncIterable<Uint8Array>,
  sink: TraceSink,
  options: TraceOptions = {},
): Promise<TraceSummary> {
  const parser = new TraceParser(sink, options);
  const chunks = source[Symbol.asyncIterator]();
  try {
    const { head, isGzip } = await readHead(chunks, parser);
    const bytes = withHead(head, chunks);
    for await (const text of isGzip ? gunzip(bytes) : bytes) parser.push(text);
    return parser.finish(isGzip);
  } catch (error) {
    if (!(error instanceof GunzipFault)) throw error;
    return parser.fail("the file", "whole", `${error.message} behind line ${parser.lines}`);
  } finally {
    await chunks.return?.();
  }
}

/** Reads as many bytes as it takes to tell what the file is. */
async function readHead(
  chunks: AsyncIterator<Uint8Array>,
  parser: TraceParser,
): Promise<{ readonly head: Uint8Array; readonly isGzip: boolean }> {
  let head = new Uint8Array(0);
  while (head.length < HEAD_BYTES) {
    const { done, value } = await chunks.next();
    if (done) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  const start = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  for (const [magic, what] of OTHER_FILES) {
    if (start.startsWith(magic)) parser.fail("the file", "text or gzip", what);
  }
  return { head, isGzip: start.startsWith("\x1f\x8b") };
}

async function* withHead(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
