/**
 * A search as bytes, to go on with later: a line with a check sum and JSON, then the table of the states seen.
 */
import type { Exploration } from "./exploration.ts";
import type { SavedFrame } from "./frame.ts";
import { Visited } from "./visited.ts";

/** Numbers of what was found. */
const COUNTS = ["states", "transitions", "endings", "violations", "depth", "bytes"] as const;

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

/** FNV-1a, eight digits: against torn and damaged files, not against whoever writes one. */
export function checkSumOf(json: string, slots: Int32Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < json.length; i++) hash = Math.imul(hash ^ json.charCodeAt(i), 0x01000193);
  for (let i = 0; i < slots.length; i++) hash = Math.imul(hash ^ slots[i]!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
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
  const json = JSON.stringify(header);
  const line = new TextEncoder().encode(`${checkSumOf(json, slots)} ${json}\n`);
  const bytes = new Uint8Array(line.length + slots.byteLength);
  bytes.set(line);
  // little-endian everywhere, so that a search may go on on another machine
  const view = new DataView(bytes.buffer, line.length);
  for (let i = 0; i < slots.length; i++) view.setInt32(4 * i, slots[i]!, true);
  return bytes;
}

/**
 * Reads a search. Whether its frames are a path of its program {@link Search.take} says.
 *
 * @throws SyntaxError when the bytes are no search, are damaged, or are not the one of the key.
 */
export function parseCheckpoint(bytes: Uint8Array, key: string): Checkpoint {
  const end = bytes.indexOf(10);
  const line = new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)));
  const header = readHeader(line.slice(9));
  if (header === null) throw fault("expected the file of one, got other bytes");
  if (header.key !== key) throw fault(`expected that of ${key}, got another one's`);
  const body = bytes.subarray(end + 1);
  if (body.length !== header.slots * 4) {
    throw fault(`expected ${header.slots * 4} bytes of states, got ${body.length}`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const slots = new Int32Array(header.slots);
  for (let i = 0; i < slots.length; i++) slots[i] = view.getInt32(4 * i, true);
  const visited = Visited.restore(slots);
  if (line.slice(0, 9) !== `${checkSumOf(line.slice(9), slots)} `) {
    throw fault("its check sum is another one");
  }
  if (visited === null) throw fault("its table of states is none");
  const found = { ...header.found, ends: new Set(header.found.ends) };
  return { key, frames: header.frames, found, visited };
}

const fault = (what: string) => new SyntaxError(`Cannot go on with a search: ${what}`);

function readHeader(json: string): Header | null {
  try {
    const header = JSON.parse(json) as Header;
    const isOne = header.pcplab === "explore 1" && typeof header.key === "string" &&
      header.frames.every((frame) => frame.length === 6 && frame.every(Number.isInteger)) &&
      isFound(header.found) && Number.isSafeInteger(header.slots);
    return isOne ? header : null;
  } catch {
    return null;
  }
}

function isFound({ ends, unreached, failure, complete, ...counts }: Header["found"]): boolean {
  const areTexts = (list: readonly unknown[]) => list.every((each) => typeof each === "string");
  return areTexts(ends) && areTexts(unreached) && typeof complete === "boolean" &&
    (failure === null || typeof failure.what === "string" &&
        failure.steps.every(({ task, choice, section }) =>
          [task, choice, section].every(Number.isInteger)
        )) &&
    COUNTS.every((name) => Number.isSafeInteger(counts[name]) && counts[name] >= 0);
}
