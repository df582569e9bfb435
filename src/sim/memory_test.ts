/** Memory that runs share one after another. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Memory, type Piece } from "./memory.ts";

/** The bytes of a piece of this length. */
const bytesOf = ({ buffer, offset }: Piece, length: number) => new Uint8Array(buffer, offset, length);

Deno.test("Memory gives zeroed pieces that any view fits, none over another, whatever runs before have written", () => {
  const size = fc.nat({ max: 5000 });
  fc.assert(fc.property(fc.array(fc.array(size, { maxLength: 8 }), { maxLength: 6 }), (runs) => {
    const memory = new Memory();
    for (const sizes of runs) {
      memory.reset();
      const taken = sizes.map((length) => bytesOf(memory.take(length), length));
      taken.forEach((bytes, i) => {
        assertEquals(bytes.byteOffset % 8, 0);
        assert(bytes.every((byte) => byte === 0), "not zeroed");
        bytes.fill(i + 1);
      });
      taken.forEach((bytes, i) => assert(bytes.every((byte) => byte === i + 1), "written over"));
    }
  }));
});

Deno.test("Memory.reset() makes room for what was asked for, and keeps it", () => {
  const memory = new Memory();
  memory.take(1000);
  memory.take(500);
  memory.reset();
  const [one, two] = [memory.take(1000), memory.take(500)];
  assertStrictEquals(one.buffer, two.buffer);
  memory.reset();
  assertStrictEquals(memory.take(1500).buffer, one.buffer);
});

Deno.test("Memory keeps nothing of a world too large to be zeroed for each run", () => {
  const memory = new Memory();
  const large = 2 ** 25 + 1;
  const buffers = [1, 2, 3].map(() => {
    memory.reset();
    return memory.take(large).buffer;
  });
  assertEquals(new Set(buffers).size, 3);
});
