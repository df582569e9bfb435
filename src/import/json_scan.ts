/**
 * Reads JSON and knows where it is: what JSON.parse gives, and beyond it the place of a fault and of every part. It
 * never goes deeper than a few levels, so no text can use up the stack, and it refuses a key that comes twice.
 *
 * @module
 */

/** Levels of lists and objects: no file of this project has half as many. */
const DEPTH_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What is wrong with a JSON text, and where. */
export class JsonFault extends Error {
  /** "JsonFault". */
  override name = "JsonFault";

  /** What was required at an offset. */
  constructor(readonly offset: number, readonly expected: string) {
    super(`expected ${expected} at offset ${offset}`);
  }
}

/** Called for every part: its path (keys and numbers parted by slashes), and where its key or value begins. */
export type JsonPlace = (path: string, offset: number) => void;

/** One JSON text, or the beginning of a text. */
export class JsonScanner {
  readonly #text: string;
  readonly #place: JsonPlace | null;
  /** Where the next character is read. */
  pos: number;

  /** Reads `text` from `pos` on. */
  constructor(text: string, pos = 0, place: JsonPlace | null = null) {
    this.#text = text;
    this.#place = place;
    this.pos = pos;
  }

  /**
   * Reads one value; `pos` is behind it then.
   *
   * @throws {JsonFault} When there is none.
   */
  read(): unknown {
    return this.#value("", 0);
  }

  /**
   * Makes sure that nothing but blanks is left.
   *
   * @throws {JsonFault} When there is more.
   */
  end(): void {
    this.#blanks();
    if (this.pos < this.#text.length) throw new JsonFault(this.pos, "nothing behind the value");
  }

  #value(path: string, depth: number): unknown {
    this.#blanks();
    const letter = this.#text[this.pos];
    if (depth > DEPTH_MAX) throw new JsonFault(this.pos, `at most ${DEPTH_MAX} levels`);
    if (letter === "{") return this.#object(path, depth);
    if (letter === "[") return this.#list(path, depth);
    if (letter === '"') return this.#string("a text");
    return this.#word();
  }

  #object(path: string, depth: number): unknown {
    const fields = new Map<string, unknown>();
    this.pos++;
    if (this.#takes("}")) return {};
    do {
      this.#blanks();
      const at = this.pos;
      const key = this.#string("a key in quotes");
      if (fields.has(key)) throw new JsonFault(at, "each key once");
      if (!this.#takes(":")) throw new JsonFault(this.pos, "a colon");
      const own = path === "" ? key : `${path}/${key}`;
      this.#place?.(own, at);
      fields.set(key, this.#value(own, depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("}")) throw new JsonFault(this.pos, "a comma or }");
    // own properties whatever their names are: __proto__ is a key like any other
    return Object.fromEntries(fields);
  }

  #list(path: string, depth: number): unknown {
    const items: unknown[] = [];
    this.pos++;
    if (this.#takes("]")) return items;
    do {
      this.#blanks();
      const own = path === "" ? String(items.length) : `${path}/${items.length}`;
      this.#place?.(own, this.pos);
      items.push(this.#value(own, depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("]")) throw new JsonFault(this.pos, "a comma or ]");
    return items;
  }

  /** A loop and no pattern: a pattern would read a text without an end once for each quote in it. */
  #string(expected: string): string {
    const text = this.#text;
    const start = this.pos;
    if (text.charCodeAt(start) !== QUOTE) throw new JsonFault(start, expected);
    let pos = start + 1;
    for (let code = text.charCodeAt(pos); code !== QUOTE; code = text.charCodeAt(pos)) {
      if (pos >= text.length) throw new JsonFault(start, "a text with an end");
      pos += code === BACKSLASH ? 2 : 1;
    }
    this.pos = pos + 1;
    try {
      return JSON.parse(text.slice(start, this.pos));
    } catch {
      throw new JsonFault(start, "a text without control characters and unknown escapes");
    }
  }

  #word(): unknown {
    const start = this.pos;
    const found = /[\w.+-]{1,400}/y;
    found.lastIndex = start;
    const word = found.exec(this.#text)?.[0] ?? "";
    if (/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) {
      this.pos += word.length;
      return JSON.parse(word);
    }
    throw new JsonFault(start, "a value");
  }

  #takes(letter: string): boolean {
    this.#blanks();
    if (this.#text[this.pos] !== letter) return false;
    this.pos++;
    return true;
  }

  #blanks(): void {
    const blanks = /[ \t\r\n]*/y;
    blanks.lastIndex = this.pos;
    blanks.exec(this.#text);
    this.pos = blanks.lastIndex;
  }
}
