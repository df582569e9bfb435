/** Files that are read whole, or line by line. */
import { UnreadableFile } from "./exit.ts";
import { reasonOf } from "./reason_of.ts";

/** Largest file that is read whole: a device that never ends must not fill the memory. */
const FILE_BYTES_MAX = 2 ** 28;
const PIECE_BYTES = 2 ** 16;

function bytesOf(path: string): Uint8Array {
  using file = Deno.openSync(path);
  let bytes = new Uint8Array(PIECE_BYTES);
  for (let length = 0;;) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length > FILE_BYTES_MAX) throw new RangeError(`expected at most ${FILE_BYTES_MAX} bytes, got more`);
    if (length === bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/**
 * The text of a file.
 *
 * @throws UnreadableFile when it cannot be read, or is larger than any file that is read whole.
 */
export function readText(path: string): string {
  try {
    return new TextDecoder().decode(bytesOf(path));
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}

/**
 * The lines of a file which may be of any size; what follows the last line's end is left out.
 *
 * @throws UnreadableFile when it cannot be read, or a line is larger than any file that is read whole.
 */
export function* linesOf(path: string): Generator<string, void> {
  try {
    using file = Deno.openSync(path);
    const piece = new Uint8Array(PIECE_BYTES);
    const decoder = new TextDecoder();
    let begun = "";
    for (let read = file.readSync(piece); read !== null; read = file.readSync(piece)) {
      const lines = (begun + decoder.decode(piece.subarray(0, read), { stream: true })).split("\n");
      begun = lines.pop()!;
      if (begun.length > FILE_BYTES_MAX) {
        throw new RangeError(`expected lines of at most ${FILE_BYTES_MAX} bytes, got more`);
      }
      yield* lines;
    }
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}
