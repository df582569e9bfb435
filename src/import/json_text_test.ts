/** JSON with places. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ImportError } from "./import_error.ts";
import { JsonText } from "./json_text.ts";

const read = (text: string) => new JsonText("meta.json", text, "out/meta.json");

Deno.test("JsonText gives what JSON.parse gives", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(2), (value, space) => {
      const text = JSON.stringify(value, null, space);
      assertEquals(read(text).value, JSON.parse(text));
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("JsonText refuses what JSON.parse refuses", () => {
  const given = fc.tuple(fc.json(), fc.nat(), fc.string({ minLength: 1, maxLength: 1, unit: "binary" }));
  fc.assert(
    fc.property(given, ([text, at, letter]) => {
      const place = at % (text.length + 1);
      const damaged = text.slice(0, place) + letter + text.slice(place + 1);
      try {
        JSON.parse(damaged);
      } catch {
        assertThrows(() => read(damaged), ImportError, "out/meta.json:");
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("JsonText names the line and the field of a fault", () => {
  const message = (action: () => unknown) => assertThrows(action, ImportError).message;
  assertEquals(
    message(() => read('{\n "a": 1,\n "b" 2\n}')),
    'out/meta.json:3: Cannot read meta.json: the file must be JSON: a colon, got "2\\n}"',
  );
  assertEquals(
    message(() => read('{"a":1')),
    "out/meta.json:1: Cannot read meta.json: the file must be JSON: a comma or }, got its end",
  );
  assertEquals(
    message(() => read('{\n "a": 1,\n "a": 2\n}')).split(": ").slice(0, 4).join(": "),
    "out/meta.json:3: Cannot read meta.json: the file must be JSON: each key once, got " +
      String.raw`"\"a\"`,
  );
  const file = read('{\n "list": [\n  {"x": 1},\n  {"x": null}\n ]\n}');
  assertEquals(
    message(() => file.fail("list/1/x", "a number")),
    'out/meta.json:4: Cannot read meta.json: "list/1/x" must be a number, got "null"',
  );
  assertEquals(
    message(() => file.fail("list/1/y", "a number")),
    'out/meta.json:4: Cannot read meta.json: "list/1/y" must be a number, got nothing',
  );
  assertEquals(message(() => read("[1]").fail("0", "a text")).slice(0, 16), "out/meta.json:1:");
});

Deno.test("JsonText ends soon with texts and lists that do not end", () => {
  for (const unit of ['"', '\\"', "[", '{"a":', " ", "9", "["]) {
    assertThrows(() => read(`"${unit.repeat(300_000)}`), ImportError);
    assertThrows(() => read(unit.repeat(300_000)), ImportError);
  }
});
