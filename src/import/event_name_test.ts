import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventName } from "./event_name.ts";
import { LineCursor } from "./line_cursor.ts";
import { SEEN_REACH } from "./seen_texts.ts";

const NAMES = [
  "mm_page_alloc: page=1",
  "kmem:mm_page_alloc: page=1",
  "kmem:mm_page_free: page=1",
  "rcu:rcu_kvfree_callback: rcu_sched",
  "bprint: GT_LL hit",
  "ftrace:bprint: GT_LL miss",
  "sched:sched_switch: prev_comm=a",
  "tracing_mark_write: GT_LL hit",
];

/** A trace with one event a line, read one after the other; what each name was read as. */
function readAll(texts: readonly string[]) {
  const lines = texts.map((text) => `${text}\n`);
  const bytes = new TextEncoder().encode(lines.join("") + "\0".repeat(2 * SEEN_REACH));
  const cursor = new LineCursor();
  cursor.bytes = bytes;
  const view = new DataView(bytes.buffer);
  const name = new EventName();
  let start = 0;
  return lines.map((line) => {
    cursor.pos = start;
    const found = name.read(cursor, view);
    const { from, to, hasSubsystem, kind } = name;
    const read = { found, from: from - start, to: to - start, hasSubsystem, kind, rest: cursor.pos - start };
    start += line.length;
    return read;
  });
}

Deno.test("EventName.read() says of a name seen before what it said at first, its subsystem included", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...NAMES), { minLength: 2, maxLength: 40 }), (texts) => {
    const atFirst = texts.map((text) => readAll([text])[0]);
    assertEquals(readAll(texts), atFirst);
  }));
});

Deno.test("EventName.read() tells a name with a subsystem from the same without, whichever comes first", () => {
  const [bare, full] = NAMES;
  const subsystems = (...texts: readonly string[]) => readAll(texts).map((read) => read.hasSubsystem);
  assertEquals(subsystems(bare!, full!, bare!, full!), [false, true, false, true]);
  assertEquals(subsystems(full!, bare!, full!), [true, false, true]);
});
