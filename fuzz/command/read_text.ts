/** Files that are read whole. */
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
