import { assertEquals } from "@std/assert";
import { TraceEvent } from "./trace_event.ts";
import { Slot } from "./trace_slot.ts";

Deno.test("TraceEvent has a property for every slot, and each reads its own", () => {
  const event = new TraceEvent();
  for (const slot of Object.values(Slot)) event.values[slot] = 1000 + slot;
  for (const [name, slot] of Object.entries(Slot)) {
    assertEquals(event[name as keyof typeof Slot], 1000 + slot, name);
  }
  assertEquals(new Set(Object.values(Slot)).size, event.values.length);
});
