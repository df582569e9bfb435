/**
 * Inputs for parsers: real files that were damaged in a few places, and texts that never were files. Each is made of
 * small numbers, so that fast-check can shrink the damage that shows a fault.
 *
 * @module
 */
import fc from "fast-check";

/** One act of damage: what, where (a share of 65536), and with what. */
type Damage = readonly [act: number, at: number, arg: number];

const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** Numbers that are too large, too small, or none. */
const NUMBERS = [
  ...[
    "0",
    "-1",
    "4294967296",
    "9007199254740993",
    "18446744073709551616",
    "99999999999999999999999999999999",
  ],
  ...["1e309", "NaN", "0x7fffffffffffffff", "1.5", "-0", "2147483647", "1e9", "null", "[]", ""],
];
/** Words that mean something to somebody: a path, a prototype, a page, a terminal, a shell, a spreadsheet. */
const WORDS = [
  ...["../../../../outside", "/tmp/outside", "..%2foutside", "__proto__", "constructor", "toString"],
  ...["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "\x1b[2J\x1b]0;x\x07", "$(id)", "=1+1"],
  ...[
    "\r\n",
    "\0",
    "\u2028",
    "\ufeff",
    '"',
    "'",
    "\\",
    ",",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\t",
    ";",
    "#",
    "Node ",
  ],
];
/** Characters that are repeated until a line is very long. */
const REPEATED = [
  " ",
  "a",
  "9",
  ",",
  ":",
  "\t",
  "[",
  "{",
  '{"a":',
  "a 1 ",
  '"',
  "\\",
  '\\"',
  "\0",
  "Node 0, zone ",
  "-",
  "é",
];
const REPEATS = [30, 1000, 20_000, 150_000];
/** Most bytes of an input: damage is not piled up without end. */
const BYTES_MAX = 1 << 20;

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Puts bytes in the place of `[from, to)`. */
function spliced(bytes: Uint8Array, from: number, to: number, put: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, from), put, bytes.subarray(to));
}

/** Where the line around a place begins, and where the next one does. */
function lineAt(bytes: Uint8Array, at: number): [number, number] {
  const end = bytes.indexOf(NEWLINE, at);
  return [at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1, end < 0 ? bytes.length : end + 1];
}

/** Where the number behind a place begins and ends; the place itself when there is none. */
function numberBehind(bytes: Uint8Array, at: number): [number, number] {
  const isDigit = (i: number) => bytes[i]! >= 0x30 && bytes[i]! <= 0x39;
  let from = at;
  while (from < bytes.length && !isDigit(from)) from++;
  if (from === bytes.length) return [at, at];
  while (from > 0 && isDigit(from - 1)) from--;
  let to = from;
  while (isDigit(to)) to++;
  return [from, to];
}

type Act = (bytes: Uint8Array, at: number, arg: number, corpus: readonly Uint8Array[]) => Uint8Array;

const ACTS: readonly Act[] = [
  // a bit
  (bytes, at, arg) => {
    const copy = bytes.slice();
    if (at < copy.length) copy[at]! ^= 1 << (arg & 7);
    return copy;
  },
  // a byte
  (bytes, at, arg) => spliced(bytes, at, Math.min(bytes.length, at + 1), Uint8Array.of(arg & 255)),
  // the end
  (bytes, at) => bytes.slice(0, at),
  // the beginning
  (bytes, at) => bytes.slice(at),
  // a few bytes
  (bytes, at, arg) => spliced(bytes, at, Math.min(bytes.length, at + 1 + (arg % 40)), new Uint8Array(0)),
  // a line gone, twice, or in the place of another
  (bytes, at) => spliced(bytes, ...lineAt(bytes, at), new Uint8Array(0)),
  (bytes, at) => spliced(bytes, at, at, bytes.slice(...lineAt(bytes, at))),
  (bytes, at) =>
    spliced(bytes, lineAt(bytes, at)[0], lineAt(bytes, at)[0], bytes.slice(...lineAt(bytes, at))),
  (bytes, at, arg) => {
    const other = lineAt(bytes, Math.floor(bytes.length * (arg % 97) / 97));
    return spliced(bytes, ...lineAt(bytes, at), bytes.slice(...other));
  },
  // a number, a word
  (bytes, at, arg) =>
    spliced(bytes, ...numberBehind(bytes, at), encoder.encode(NUMBERS[arg % NUMBERS.length])),
  (bytes, at, arg) =>
    spliced(bytes, ...numberBehind(bytes, at), encoder.encode(NUMBERS[arg % NUMBERS.length])),
  (bytes, at, arg) => spliced(bytes, at, at, encoder.encode(WORDS[arg % WORDS.length])),
  // the ends of all lines
  (bytes) => {
    const text = new TextDecoder("latin1").decode(bytes).replaceAll("\n", "\r\n");
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  },
  // a very long line, or very deep nesting
  (bytes, at, arg) => {
    const unit = REPEATED[arg % REPEATED.length]!;
    return spliced(bytes, at, at, encoder.encode(unit.repeat(REPEATS[(arg >> 8) % REPEATS.length]!)));
  },
  // another file's end
  (bytes, at, arg, corpus) => {
    const other = corpus[arg % corpus.length]!;
    return joined(bytes.subarray(0, at), other.subarray(Math.floor(other.length * (arg % 89) / 89)));
  },
];

/** Damages a file. */
export function damaged(
  bytes: Uint8Array,
  damage: readonly Damage[],
  corpus: readonly Uint8Array[],
): Uint8Array {
  let now = bytes;
  for (const [act, at, arg] of damage) {
    now = ACTS[act % ACTS.length]!(now, Math.floor(now.length * at / 65536), arg, corpus).subarray(
      0,
      BYTES_MAX,
    );
  }
  return now;
}

/** Files of the corpus with damage; one input in eight was never a file. */
export function parserInputs(corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const damage: fc.Arbitrary<Damage> = fc.tuple(
    fc.nat(ACTS.length - 1),
    fc.nat(65536),
    fc.nat(65535),
  );
  const files = fc.tuple(fc.nat(corpus.length - 1), fc.array(damage, { minLength: 0, maxLength: 5 }));
  return fc.oneof(
    { weight: 7, arbitrary: files.map(([file, acts]) => damaged(corpus[file]!, acts, corpus)) },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.string({ unit: "binary" }), fc.json()).map((text) => encoder.encode(text)),
    },
  );
}
