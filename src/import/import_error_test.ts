import { assertEquals, assertInstanceOf } from "@std/assert";
import { ImportError, quote } from "./import_error.ts";

Deno.test("ImportError says file, line, subject, field, what was expected and what was there", () => {
  const error = new ImportError({
    subject: "zoneinfo",
    file: "zoneinfo.before",
    line: 12,
    field: "managed",
    expected: "a whole number",
    got: quote("abc"),
  });
  assertInstanceOf(error, Error);
  assertEquals(
    error.message,
    'zoneinfo.before:12: Cannot read zoneinfo: "managed" must be a whole number, got "abc"',
  );
  assertEquals([error.file, error.line, error.field], ["zoneinfo.before", 12, "managed"]);
});

Deno.test("ImportError names a whole file or line without quotes", () => {
  const fault = { subject: "trace", file: "t", line: 1, field: "the file", expected: "text", got: "none" };
  assertEquals(new ImportError(fault).message, "t:1: Cannot read trace: the file must be text, got none");
});

Deno.test("quote() escapes control characters and cuts long text", () => {
  assertEquals(quote("a\x00b"), '"a\\u0000b"');
  assertEquals(quote("x".repeat(100)), `"${"x".repeat(40)}..."`);
});
