/** Errors that cross from a worker. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TableFull } from "../../src/explore/shared_visited.ts";
import { ModelBug } from "../../src/sim/model_bug.ts";
import { errorOf, faultOf } from "./worker_fault.ts";

Deno.test("errorOf() gives a RangeError back as one, and a broken model as what it is, with its stack", () => {
  for (const error of [new RangeError("impossible"), new TableFull("impossible")]) {
    const crossed = errorOf(structuredClone(faultOf(error)));
    assertEquals([crossed instanceof RangeError, crossed.message], [true, "impossible"]);
  }
  const crossed = errorOf(structuredClone(faultOf(new ModelBug("a page is nowhere"))));
  assertEquals([crossed instanceof RangeError, crossed.message], [false, "a page is nowhere"]);
  assertStringIncludes(crossed.stack!, "worker_fault_test.ts");
  assertEquals(errorOf(faultOf("text")).message, "text");
});
