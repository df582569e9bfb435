/**
 * Decompresses gzip as it comes in. A file may have several members in a row (`cat a.gz b.gz`), which are one text.
 *
 * Measured on a recording (2.9 MB, 17:1): 1.3 GB/s of text, where the web platform's DecompressionStream makes 0.7 and
 * knows one member only.
 *
 * @module
 */
import { type Gunzip, loadZlib } from "../deps/zlib.ts";

/** Compressed bytes given at a time: what is lost when they are damaged, and 8 MiB of text at most. */
const SLICE_BYTES = 8192;
/** Text made at a time, in bytes. */
const TEXT_BYTES = 2 ** 18;

/** The compressed bytes cannot be decompressed; the reader of the trace makes an ImportError of it. */
export class GunzipFault extends Error {
  /** "GunzipFault". */
  override name = "GunzipFault";
}

/**
 * Decompresses a stream.
 *
 * @param source Bytes that begin with a gzip header.
 * @returns Text in chunks as they come.
 * @throws {GunzipFault} When the bytes end too early: after all their text. When they are damaged: after the text of
 * all slices of 8 KiB before the damage.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const { createGunzip } = await loadZlib();
  const stream = new Decompressor(createGunzip({ chunkSize: TEXT_BYTES }));
  try {
    for await (const slice of slices(source)) yield* stream.write(slice);
    yield* stream.end();
  } finally {
    stream.abandon();
  }
}

/** A stream of which each write gives the text that came of it. */
class Decompressor {
  readonly #stream: Gunzip;
  readonly #texts: Uint8Array[] = [];
  /** Tells who waits for the stream how it went: one that fails forgets whom it has to call back. */
  #tell: (fine: boolean) => void = () => {};

  constructor(stream: Gunzip) {
    this.#stream = stream;
    stream.on("data", (text: Uint8Array) => this.#texts.push(text));
    stream.on("end", () => this.#tell(true));
    stream.on("error", () => this.#tell(false));
  }

  write(slice: Uint8Array): AsyncGenerator<Uint8Array, void> {
    return this.#textOf(() => this.#stream.write(slice, (error) => this.#tell(error == null)));
  }

  end(): AsyncGenerator<Uint8Array, void> {
    return this.#textOf(() => this.#stream.end());
  }

  /** Lets go of the stream, whatever state it is in. */
  abandon(): void {
    this.#stream.destroy();
  }

  async *#textOf(start: () => void): AsyncGenerator<Uint8Array, void> {
    // Deno may call a write fine and tell of its fault a moment later: what is destroyed answers no more
    const fine = !this.#stream.destroyed && await new Promise<boolean>((resolve) => {
      this.#tell = resolve;
      start();
    });
    yield* this.#texts.splice(0);
    if (!fine) throw new GunzipFault("compressed data that is damaged or ends too early");
  }
}

async function* slices(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      yield chunk.subarray(from, from + SLICE_BYTES);
    }
  }
}
