/** A CPU's two sheaves and the barn behind them: what is freed comes back youngest first, and nothing is lost. */
import { assert, assertEquals } from "@std/assert";
import { runOperation, settle, smallMachine, threadOf } from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { sheaf } from "../strategy/sheaf.ts";
import { kfree } from "./kfree.ts";
import { kmalloc } from "./kmalloc.ts";
import {
  alloc_from_pcs,
  barn_put_empty_sheaf,
  barn_put_full_sheaf,
  free_to_pcs,
  MAX_EMPTY_SHEAVES,
  MAX_FULL_SHEAVES,
  pushObject,
  SHEAF_CAPACITY,
} from "./sheaf.ts";

/** A machine of 6.18 with `count` objects in hand and the given sheaves on CPU 0, main first, each with its objects. */
function withSheaves(
  count: number,
  sizes: readonly number[],
): { machine: Machine; t: number; hand: number[] } {
  const machine = smallMachine({ strategy: sheaf, profile: profileNamed("v6_18"), cpus: 1 });
  settle(machine);
  const t = threadOf(machine, 0);
  const { m } = machine;
  const take = () => runOperation(machine, t, kmalloc.start, 0, GFP_ATOMIC);
  const hand = Array.from({ length: count + sizes.reduce((a, b) => a + b, 0) }, take);
  sizes.forEach((size, i) => {
    const own = i === 0 ? m.pcs.main : m.pcs.spare;
    own[0] = i + 1;
    for (let n = 0; n < size; n++) pushObject(m, i, hand.pop()!);
  });
  return { machine, t, hand };
}

Deno.test("free_to_pcs() fills the main sheaf, then the spare one, and then refuses when the barn has no room", () => {
  const { machine: { m }, t, hand } = withSheaves(3, [SHEAF_CAPACITY - 1, SHEAF_CAPACITY - 1]);
  assert(free_to_pcs(m, t, hand[0]!));
  assertEquals([m.pcs.main[0], m.pcs.spare[0]], [1, 2]);
  assert(free_to_pcs(m, t, hand[1]!)); // the full one becomes the spare
  assertEquals([m.pcs.main[0], m.pcs.spare[0]], [2, 1]);
  assertEquals(free_to_pcs(m, t, hand[2]!), false);
});

Deno.test("free_to_pcs() changes a full sheaf for an empty one of the barn, unless that is full of full ones", () => {
  const { machine: { m }, t, hand } = withSheaves(2, [SHEAF_CAPACITY, SHEAF_CAPACITY]);
  const empty = 2;
  assert(barn_put_empty_sheaf(m, t, 0, empty));
  m.barn.nr_full[0] = MAX_FULL_SHEAVES;
  assertEquals(free_to_pcs(m, t, hand[0]!), false);
  m.barn.nr_full[0] = 0;
  assert(free_to_pcs(m, t, hand[0]!));
  assertEquals([m.pcs.main[0], m.sheaf.size[empty], m.barn.nr_full[0], m.barn.nr_empty[0]], [
    empty + 1,
    1,
    1,
    0,
  ]);
});

Deno.test("free_to_pcs() makes a full sheaf the spare one where there is none, however many the barn has", () => {
  const { machine: { m }, t, hand } = withSheaves(1, [SHEAF_CAPACITY]);
  const empty = 2;
  assert(barn_put_empty_sheaf(m, t, 0, empty));
  m.barn.nr_full[0] = MAX_FULL_SHEAVES;
  assert(free_to_pcs(m, t, hand[0]!));
  assertEquals([m.pcs.main[0], m.pcs.spare[0], m.barn.nr_empty[0]], [empty + 1, 1, 0]);
});

Deno.test("alloc_from_pcs() takes what was freed last: main sheaf, spare one, a full one of the barn", () => {
  const { machine: { m }, t, hand } = withSheaves(SHEAF_CAPACITY, [1, 1]);
  const full = 2;
  for (const object of hand) pushObject(m, full, object);
  assert(barn_put_full_sheaf(m, t, 0, full));
  const youngest = hand.at(-1)!;
  alloc_from_pcs(m, t, 0);
  assertEquals(m.sheaf.size[0], 0);
  alloc_from_pcs(m, t, 0); // the empty main one becomes the spare
  assertEquals([m.pcs.main[0], m.pcs.spare[0], m.sheaf.size[1]], [2, 1, 0]);
  assertEquals(alloc_from_pcs(m, t, 0), youngest); // the empty one takes the full one's place in the barn
  assertEquals([m.pcs.main[0], m.pcs.spare[0], m.barn.nr_full[0], m.barn.nr_empty[0]], [full + 1, 1, 0, 1]);
  m.sheaf.size[full] = 0;
  assertEquals(alloc_from_pcs(m, t, 0), -1);
});

Deno.test("alloc_from_pcs() leaves its empty sheaf in the barn, also without a spare one and beyond the limit", () => {
  const { machine: { m }, t, hand } = withSheaves(1, [1]);
  const full = 2;
  pushObject(m, full, hand[0]!);
  assert(barn_put_full_sheaf(m, t, 0, full));
  alloc_from_pcs(m, t, 0);
  m.barn.nr_empty[0] = MAX_EMPTY_SHEAVES;
  assertEquals(alloc_from_pcs(m, t, 0), hand[0]!);
  assertEquals([m.pcs.main[0], m.pcs.spare[0], m.barn.nr_empty[0]], [full + 1, 0, MAX_EMPTY_SHEAVES + 1]);
});

Deno.test("kfree() and kmalloc() of a cache with sheaves hand the same objects around", () => {
  const { machine, t, hand } = withSheaves(2 * SHEAF_CAPACITY, [0, 0]);
  for (const object of hand) runOperation(machine, t, kfree.start, object);
  const again = hand.map(() => runOperation(machine, t, kmalloc.start, 0, GFP_ATOMIC));
  assertEquals(again.toSorted((a, b) => a - b), hand.toSorted((a, b) => a - b));
});
