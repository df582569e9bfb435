import { assertEquals, assertRejects } from "@std/assert";
import { gunzip, GunzipFault } from "./gunzip.ts";

const LINES = Array.from({ length: 3000 }, (_, at) => `line ${at} ${Math.imul(at, 0x9e3779b1)}\n`).join("");

async function gzip(content: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) {
    yield await Promise.resolve(bytes.slice(from, from + size));
  }
}

/** The text, and the fault at its end if there was one. */
async function text(bytes: Uint8Array, size: number): Promise<{ text: string; fault?: unknown }> {
  const decoder = new TextDecoder();
  let all = "";
  try {
    for await (const chunk of gunzip(chunked(bytes, size))) all += decoder.decode(chunk, { stream: true });
    return { text: all };
  } catch (fault) {
    return { text: all, fault };
  }
}

Deno.test("gunzip() gives the text, whatever the size of the chunks", async () => {
  const bytes = await gzip(LINES);
  for (const size of [13, 1000, 8192, 1e9]) assertEquals(await text(bytes, size), { text: LINES });
});

Deno.test("gunzip() reads several members as one text, wherever chunks are cut", async () => {
  const parts = [LINES, "", "short\n", LINES.slice(0, 30_000), "", ""];
  const bytes = concatenated(await Promise.all(parts.map(gzip)));
  for (const size of [11, 997, 8192, 1e9]) assertEquals(await text(bytes, size), { text: parts.join("") });
  const two = concatenated([await gzip("a\n"), await gzip("b\n")]);
  for (let size = 1; size <= two.length; size++) assertEquals(await text(two, size), { text: "a\nb\n" });
});

Deno.test("gunzip() is not taken in by what looks like the beginning of a member inside one", async () => {
  const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
  const text = Uint8Array.from(LINES.slice(0, 20_000), (character) => character.charCodeAt(0));
  const content = concatenated([text, Uint8Array.from(header), text, Uint8Array.from(header)]).slice();
  // stored as it is, in one block, so that the headers are there byte for byte
  const size = [content.length & 255, content.length >> 8];
  const block = [1, ...size, ...size.map((byte) => byte ^ 255), ...content];
  const zipped = await gzip(content);
  const bytes = concatenated([zipped.slice(0, 10), Uint8Array.from(block), zipped.slice(-8)]);
  for (const chunk of [500, 8192, 1e9]) {
    const parts = await Array.fromAsync(gunzip(chunked(bytes, chunk)));
    assertEquals(concatenated(parts), content);
  }
});

Deno.test("gunzip() gives all text of a file that was cut, then a fault", async () => {
  const bytes = await gzip(LINES);
  for (const kept of [bytes.length - 1, bytes.length - 9, bytes.length >> 1, 20, 10, 3]) {
    const { text: part, fault } = await text(bytes.subarray(0, kept), 4000);
    assertEquals(fault instanceof GunzipFault, true);
    assertEquals(LINES.startsWith(part), true);
    if (kept >= bytes.length - 9) assertEquals(part.length > 0.99 * LINES.length, true);
  }
});

Deno.test("gunzip() gives a fault for damaged data, a wrong check sum, and rubbish behind the end", async () => {
  const bytes = await gzip(LINES);
  const damaged = bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 0xff);
  const wrongSum = bytes.with(bytes.length - 6, bytes[bytes.length - 6]! ^ 1);
  const rubbish = concatenated([bytes, new TextEncoder().encode("rubbish")]);
  for (
    const bad of [damaged, wrongSum, rubbish, new Uint8Array(50).fill(0x1f), concatenated([wrongSum, bytes])]
  ) {
    await assertRejects(
      () => Array.fromAsync(gunzip(chunked(bad, 5000))),
      GunzipFault,
      "damaged or ends too early",
    );
  }
});

Deno.test("gunzip() comes to an end wherever a byte is damaged", async () => {
  const bytes = await gzip(LINES.slice(0, 20_000));
  for (let at = 0; at < bytes.length; at += 37) {
    for (const size of [700, 1e9]) {
      const { text: part, fault } = await text(bytes.with(at, bytes[at]! ^ 0x55), size);
      const isHeader = at < 10; // times and systems there mean nothing to the text
      assertEquals(fault instanceof GunzipFault || (isHeader && part === LINES.slice(0, 20_000)), true);
    }
  }
});

Deno.test("gunzip() lets go of everything when its reader stops early", async () => {
  const bytes = await gzip(LINES);
  for await (const chunk of gunzip(chunked(bytes, 1000))) {
    assertEquals(chunk.length > 0, true);
    break;
  }
});
