import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NameTable } from "./name_table.ts";

function find(table: NameTable, name: string): number {
  const bytes = new TextEncoder().encode(`  ${name}:`);
  return table.find(bytes, 2, bytes.length - 1);
}

Deno.test("NameTable.find() gives the number of a name, and -1 for any other", () => {
  const table = new NameTable(["mm_page_alloc", "mm_page_free", "rcu_fqs"]);
  assertEquals(["mm_page_alloc", "mm_page_free", "rcu_fqs"].map((name) => find(table, name)), [0, 1, 2]);
  for (const name of ["", "m", "mm_page_allox", "mm_page_fre", "mm_page_freee"]) {
    assertEquals(find(table, name), -1);
  }
});

Deno.test("NameTable.add() fills up to the capacity and no further", () => {
  const table = new NameTable([], 2);
  assertEquals(["a", "b", "c"].map((name) => table.add(new TextEncoder().encode(name))), [0, 1, -1]);
  assertEquals(table.names, ["a", "b"]);
  assertEquals([find(table, "b"), find(table, "c")], [1, -1]);
});

Deno.test("NameTable.find() tells all names apart, those with equal hashes too", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1 })), (names) => {
      const table = new NameTable(names);
      assertEquals(names.map((name) => find(table, name)), names.map((_, id) => id));
      assertEquals(find(table, "c"), -1);
    }),
    { seed: 1 },
  );
});
