/**
 * The text of `deno task replay --help`.
 */

/** Help of the replay task. */
export const REPLAY_HELP = `deno task replay TRACE... [options]

Takes the page allocations and frees of a recorded trace through the model's per-CPU lists, predicts refills, drains
and counts without looking at the trace's own refill and drain lines, and compares.

TRACE is a trace as text (ftrace, perf script, trace-cmd report; plain or .gz), or the folder of a recording with
trace.txt.gz in it. Files named zoneinfo.before, buddyinfo.before, pagetypeinfo.before and pcplists.before beside the
trace are used. Several traces, or a folder of recordings, give one line each and a sum.

On what machine
  --zoneinfo FILE      a copy of /proc/zoneinfo: zones and sizes of the lists; needed
  --buddyinfo FILE     a copy of /proc/buddyinfo: checked to be of the same machine
  --pagetypeinfo FILE  a copy of /proc/pagetypeinfo: order of a pageblock
  --pcplists FILE      lengths of the lists by type at the beginning (without: counts of zoneinfo, as movable pages;
                       GT_PCP lines in the trace come first)
  --identity           fill refills with the pages that the trace shows, and name each page before looking

What this machine would have done (imagines another one beside the replay)
  --pcp HIGH/BATCH     pcp size of every zone of at least 32 MiB
  --fraction N         percpu_pagelist_fraction, or from v5_14 on percpu_pagelist_high_fraction (0, the default)
  --profile NAME       kernel version (the one that zoneinfo looks like)
  --strategy NAME      where pages for blocks come from: lockless (the RFC), nowait (5.9), none, recorded (recorded)

What the other machine really did
  --cross-check        replay each recording with the lists of each other one, and compare with that one: for
                       recordings of the same load on machines that differ in nothing but the sizes of the lists

What comes out
  --out DIR            folder of replay.csv, what_if.csv, cross_check.csv and meta.json (results/replay)
  --json               one JSON object on standard output; an array of them for several recordings
  --max-error SHARE    exit with 1 when refills or drains are off by more than this share, e.g. 0.002
  --quiet              no progress, no table
  --config FILE        options from a JSON file, or from a meta.json: options beside it stand for the file's
  --print-config       print the call as such a file, and replay nothing
  --help               this text

Exit code: 0 fine, 1 more than --max-error off, 2 wrong call, 3 bad input, 4 internal error, 130 interrupted, when
nothing is written.

Examples
  deno task replay tests/fixtures/low_s2_ll_f0
  deno task replay tests/fixtures/low_s2_ll_f0 --identity --json
  deno task replay tests/fixtures/low_s2_ll_f0 --pcp 8/2
  deno task replay tests/fixtures --identity
  deno task replay tests/fixtures/low_s2_ll_f0 tests/fixtures/low_s2_ll_f4000 --cross-check
  deno task replay my.trace.gz --zoneinfo my.zoneinfo --strategy lockless
`;
