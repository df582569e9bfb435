/**
 * A search as bytes, to go on with later: a line of JSON, then the table of the states seen.
 */
import type { Exploration } from "./exploration.ts";
import type { SavedFrame } from "./frame.ts";
import { Visited } from "./visited.ts";

/** A search that was left. */
export interface Checkpoint {
  /** What is searched and how: a search goes on only with the same. */
  readonly key: string;
  /** The path, with what is left to try on it. */
  readonly frames: readonly SavedFrame[];
  /** What was found so far. */
  readonly found: Exploration;
  /** The states seen. */
  readonly visited: Visited;
}

/** What the first line says. */
interface Header {
  readonly pcplab: "explore 1";
  readonly key: string;
  readonly frames: readonly SavedFrame[];
  readonly found: Omit<Exploration, "ends"> & { readonly ends: readonly string[] };
  readonly slots: number;
}

/** Writes a search down. */
export function formatCheckpoint({ key, frames, found, visited }: Checkpoint): Uint8Array {
  const { slots } = visited;
  const header: Header = {
    pcplab: "explore 1",
    key,
    frames,
    found: { ...found, ends: [...found.ends] },
    slots: slots.length,
  };
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const bytes = new Uint8Array(line.length + slots.byteLength);
  bytes.set(line);
  // little-endian everywhere, so that a search may go on on another machine
  const view = new DataView(bytes.buffer, line.length);
  for (let i = 0; i < slots.length; i++) view.setInt32(4 * i, slots[i]!, true);
  return bytes;
}

/**
 * Reads a search.
 *
 * @throws SyntaxError when the bytes are no search, or not the one of the key.
 */
export function parseCheckpoint(bytes: Uint8Array, key: string): Checkpoint {
  const end = bytes.indexOf(10);
  const header = end < 0 ? null : readHeader(bytes.subarray(0, end));
  if (header === null) {
    throw new SyntaxError("Cannot go on with a search: expected the file of one, got other bytes");
  }
  if (header.key !== key) {
    throw new SyntaxError(`Cannot go on with a search: expected that of ${key}, got that of ${header.key}`);
  }
  const body = bytes.subarray(end + 1);
  if (body.length !== header.slots * 4) {
    throw new SyntaxError(
      `Cannot go on with a search: expected ${header.slots * 4} bytes of states, got ${body.length}`,
    );
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const slots = new Int32Array(header.slots);
  for (let i = 0; i < slots.length; i++) slots[i] = view.getInt32(4 * i, true);
  const found = { ...header.found, ends: new Set(header.found.ends) };
  return { key, frames: header.frames, found, visited: Visited.restore(slots) };
}

function readHeader(line: Uint8Array): Header | null {
  try {
    const header = JSON.parse(new TextDecoder().decode(line)) as Header;
    const isOne = header.pcplab === "explore 1" && Array.isArray(header.frames) &&
      Number.isSafeInteger(header.slots) &&
      Array.isArray(header.found.ends) && header.frames.every((frame) => frame.length === 6);
    return isOne ? header : null;
  } catch {
    return null;
  }
}
