/** Floods of callbacks: when batches grow, and when they shrink again. */
import { assertEquals } from "@std/assert";
import { smallMachine, threadOf } from "../../tests/support/machines.ts";
import { __call_rcu_core, afterBatch, LIMITS } from "./overload.ts";
import { GP_FLAG } from "./rcu.ts";
import { rcu_start_this_gp } from "./tree.ts";

const { blimit, qhimark, qlowmark, qovld, DEFAULT_MAX_RCU_BLIMIT } = LIMITS;

Deno.test("afterBatch() goes back to small batches once at most qlowmark callbacks are left", () => {
  const { m } = smallMachine();
  m.rdp.blimit[0] = DEFAULT_MAX_RCU_BLIMIT;
  m.rdp.len[0] = qlowmark + 1;
  afterBatch(m, 0);
  assertEquals(m.rdp.blimit[0], DEFAULT_MAX_RCU_BLIMIT);
  m.rdp.len[0] = qlowmark;
  afterBatch(m, 0);
  assertEquals(m.rdp.blimit[0], blimit);
});

Deno.test("afterBatch() lowers the mark of the last look with the list, by more than qhimark or to nothing", () => {
  const { m } = smallMachine();
  const mark = m.rdp.qlen_last_fqs_check;
  mark[0] = 3 * qhimark;
  m.rdp.len[0] = 2 * qhimark; // not yet: a flood that comes back must not look like growth
  afterBatch(m, 0);
  assertEquals(mark[0], 3 * qhimark);
  m.rdp.len[0] = 2 * qhimark - 1;
  afterBatch(m, 0);
  assertEquals(mark[0], 2 * qhimark - 1);
  m.rcu.n_force_qs[0] = 7;
  m.rdp.len[0] = 0;
  afterBatch(m, 0);
  assertEquals([mark[0], m.rdp.n_force_qs_snap[0]], [0, 7]);
});

Deno.test("afterBatch() notes that a CPU has more than qovld callbacks, and that it has no more", () => {
  const { m } = smallMachine();
  for (const [len, overloaded] of [[qovld, 0], [qovld + 1, 1], [qovld, 0]] as const) {
    m.rdp.len[0] = len;
    afterBatch(m, 0);
    assertEquals(m.rdp.cbovld[0], overloaded, `${len} callbacks`);
  }
});

Deno.test("__call_rcu_core() hurries a grace period that gets nowhere, once, and lets batches grow", () => {
  const machine = smallMachine();
  const { m } = machine;
  const t = threadOf(machine, 0);
  rcu_start_this_gp(m, 0, 4);
  m.rcu.gp_seq[0]! += 1; // a grace period runs
  m.rnp.gp_seq.fill(m.rcu.gp_seq[0]!);
  m.rdp.gp_seq.fill(m.rcu.gp_seq[0]!);
  m.rdp.len[0] = qhimark + 1;
  m.rdp.head[3] = m.rdp.tail[3] = 1; // one of them waits for a grace period
  m.rcu.gp_flags[0] = 0;
  __call_rcu_core(m, t, 0);
  assertEquals([m.rdp.blimit[0], m.rcu.gp_flags[0]], [DEFAULT_MAX_RCU_BLIMIT, GP_FLAG.FQS]);

  // nothing changes until the list has grown by qhimark again
  m.rcu.gp_flags[0] = 0;
  m.rdp.len[0]!++;
  __call_rcu_core(m, t, 0);
  assertEquals(m.rcu.gp_flags[0], 0);
});
