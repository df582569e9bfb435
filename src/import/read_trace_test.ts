import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { ImportError } from "./import_error.ts";
import { readTrace } from "./read_trace.ts";

const LINE = "             cat-50      [000] d...     4.120040: mm_page_free: page=0 pfn=7 order=0\n";
const TRACE = LINE.repeat(2000);

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) {
    yield await Promise.resolve(bytes.slice(from, from + size));
  }
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Reads a trace: the events delivered, and the error if there was one. */
async function read(source: AsyncIterable<Uint8Array>) {
  let events = 0;
  const result = await readTrace(source, { event: () => void events++ }, { file: "t.gz" }).catch((error) =>
    error
  );
  return { events, result };
}

Deno.test("readTrace() reads plain and compressed traces, told by their bytes", async () => {
  const zipped = await gzip(TRACE);
  for (const size of [1, 7, 100, 65536]) {
    const { events, result } = await read(chunked(zipped, size));
    assertEquals([events, result.isGzip, result.lines], [2000, true, 2000]);
  }
  const { events, result } = await read(chunked(bytes(TRACE), 1000));
  assertEquals([events, result.isGzip], [2000, false]);
});

Deno.test("readTrace() reads a ReadableStream, and text that the caller has decompressed", async () => {
  const zipped = new Blob([(await gzip(TRACE)).slice()]).stream();
  const { result } = await read(zipped.pipeThrough(new DecompressionStream("gzip")));
  assertEquals([result.delivered, result.isGzip], [2000, false]);
});

Deno.test("readTrace() names file and line of a compressed trace that was cut, after all its events", async () => {
  const zipped = await gzip(TRACE);
  const { events, result } = await read(chunked(zipped.subarray(0, -12), 100));
  assertEquals(result instanceof ImportError, true);
  assertEquals(events > 1900, true);
  assertEquals(
    result.message,
    `t.gz:${events}: Cannot read trace: the file must be whole, ` +
      `got compressed data that is damaged or ends too early behind line ${events}`,
  );
});

Deno.test("readTrace() names files that are no text", async () => {
  const message = async (text: string) => (await read(chunked(bytes(text), 3))).result.message;
  assertEquals(await message(""), "t.gz:1: Cannot read trace: the file must be a trace, got an empty file");
  assertStringIncludes(await message("\x17\x08Dtracing6\0\0"), "trace-cmd report");
  assertStringIncludes(await message("PERFILE2\0\0\0"), "perf script");
  assertStringIncludes(await message("\x28\xb5\x2f\xfd\x04\x00"), "zstd");
  assertStringIncludes(await message("\x7fELF\x02\x01\x01\x00"), "binary data at byte 0");
});

Deno.test("readTrace() passes on what the source throws, and closes the source when it fails itself", async () => {
  let isClosed = false;
  async function* source(fails: boolean): AsyncGenerator<Uint8Array> {
    try {
      yield await Promise.resolve(bytes(LINE));
      if (fails) throw new RangeError("disk gone");
      yield bytes("\x00\x00\n");
      yield bytes(LINE);
    } finally {
      isClosed = true;
    }
  }
  await assertRejects(() => readTrace(source(true), { event: () => {} }), RangeError, "disk gone");
  isClosed = false;
  await assertRejects(() => readTrace(source(false), { event: () => {} }), ImportError, "binary data");
  assertEquals(isClosed, true);
});

Deno.test("readTrace() throws nothing but ImportError, whatever the bytes are", async () => {
  const zipped = await gzip(LINE.repeat(20));
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(zipped.length - 1), fc.nat(255)).map(([at, byte]) => zipped.with(at, byte)),
    fc.nat(zipped.length).map((end) => zipped.slice(0, end)),
  );
  await fc.assert(
    fc.asyncProperty(noise, fc.integer({ min: 1, max: 400 }), async (all, size) => {
      const { result } = await read(chunked(all, size));
      if (result instanceof Error && !(result instanceof ImportError)) throw result;
    }),
    { seed: 1, numRuns: 300 },
  );
});
