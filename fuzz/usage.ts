/** The text of `deno task fuzz --help`. */
import { LOADS } from "../src/workload/load/registry.ts";

/** Help of the fuzz task. */
export const FUZZ_HELP = `deno task fuzz [options]

Runs random programs (kvfree_rcu calls, page traffic of all types and orders, readers, interrupts) on a modelled
machine, checks invariants, and writes runs.csv, latency.csv, kfree_bulk.csv, miss_streaks.csv and meta.json.

What runs
  --seed TEXT          seed of everything random (1)
  --runs N             runs per strategy (200)
  --seconds N          start no run after N seconds (no limit)
  --scheduler NAME     random: any order that interrupts and preemption allow; virtual: virtual time, for the
                       figures; pct: priorities that change at a few points, which finds bugs that need few orderings
                       with a probability that is printed; both: random and virtual in turn; all (both)
  --depth N            pct: orderings that a bug needs (3)
  --strategy NAMES     lockless (the RFC's patch 2), lockless+worker (its series), nowait (5.9), page_cache_work (5.11),
                       nolock (6.15), sheaf (6.18), none (rcu_head only), sync, a comma list, or all
                       (lockless)
  --workload NAME      random; kfree_storm: the load of rcuscale's kfree_rcu test; kfree_flood: bursts that free what
                       was allocated before; kfree_trickle: a few objects, then a sleep (random)
${LOADS.map((load) => `                       ${load.name}: ${load.meaning}`).join("\n")}
  --calls N            loads of programs: calls of each (2000, in virtual time 20000)
  --rate N             loads of programs: kvfree_rcu calls a second and thread, 0 as fast as it goes (0)
  --threads N          threads of the load (one a CPU)
  --kfree_alloc_num N  kfree_*: objects a loop (8000)
  --kfree_loops N      kfree_*: loops a thread (10)
  --gap_us N           kfree_flood, kfree_trickle: sleep between two loops in microseconds; on_off: mean period (100000)
  --poll_us N          beside the load a script polls the kernel's log, with this pause in microseconds; 0 for none (0)
  --traced             page events are traced, as in a recording, which takes time
  --kfree_mult N       all but random: object size in units of 24 bytes (1)

On what machine
  --zoneinfo FILE      a copy of /proc/zoneinfo (default: fuzz/command/machine/zoneinfo, recorded: 2 CPUs and 1 GiB)
  --pcplists FILE      lengths of the per-CPU lists by type at the start
  --mem SIZE           a made-up machine instead: 512M, 16G, ...
  --cpus N  --nodes N  with --mem: CPUs (2) and NUMA nodes (1)
  --distance ROWS      distances of the nodes as numactl -H prints them, rows parted by slashes: 10,21/21,10 (10 and 20)
  --pcp HIGH/BATCH     pcp size of every zone of at least 32 MiB, or machine for the machine's own (in turn: machine,
                       62/15, 20/5, 8/2)
  --fraction N         percpu_pagelist_fraction, from 5.14 on percpu_pagelist_high_fraction (0, the default sizes)
  --pressure SHARE     share of the free memory above the min watermarks that is filled first, 0 to 1 (0; random
                       scheduling also tries 1)
  --swap SIZE          room in swap, 512M, 2G, ...: without any, anonymous memory stays until it is given up (0)
  --profile NAME       kernel version: v5_9, v5_12, v5_14, v6_1, v6_3, v6_12, v6_18 (v5_9)
  --bugs NAMES         bugs of that version to leave in: B1, B2, no16, no20, no22, no23, no24, rfc1 (none)
  --rcu NAMES          boot parameters of RCU, a comma list: rcu_nocbs (kthreads invoke the callbacks of all CPUs),
                       rcu_expedited (synchronize_rcu() interrupts the other CPUs), from v6_12 on
                       rcu_normal_wake_from_gp (the grace-period kthread wakes who waits in synchronize_rcu()) and
                       rcu_normal_wake_from_gp=0 (callbacks do; v6_18 needs it up to 16 CPUs) (none)
  --hz N               ticks a second (250)
  --preemption NAME    voluntary, full or rt (full)
  --pageblock_order N  9 with huge pages configured, 10 without (9)
  --rcu_min_cached_objs N  blocks a CPU keeps (the version's)
  --block_entries N    pointers a block holds (510; random scheduling also tries 64, 16 and 4)
  --slowdown X         how many times slower than a server of 2015-2020 the machine is (1)
  --host_cores N       virtual: cores of a virtual machine's host that its CPUs take turns on, 0 for one each (0)
  --stolen X           virtual: share of a core's busy time that the host of a virtual machine gives to others (0)

What comes out
  --out DIR            folder of the files (results/fuzz)
  --json               the table as JSON on standard output
  --quiet              no progress, no table
  --timeline FILE      draw the first run, or the one that fails, as Chrome trace events: open it in Perfetto
  --timeline_sections N  most sections to draw: the first ones, of a failure the last ones (20000)
  --contexts           also check contexts: waits under raw locks and in hard interrupts, by lockdep's rule and by what
                       PREEMPT_RT does, and the order of locks; kernels have broken these claims by design
  --coverage           name the sections, branches and pairs of sections that no run reached; all of them with the
                       number of runs that did go to coverage.csv
  --corpus DIR         keep runs that reach new pairs there, and make half the random and pct runs of them: programs
                       are changed a little, schedules are followed for a while
  --shrink             make the run that fails smaller: fewest CPUs, calls and pages, then the schedule with the fewest
                       deviations from running tasks in turn; tells it as a story and keeps it in smallest.txt
  --shrink_sections N  sections that this may run, setting up 512 bytes of a machine counting as one; more of them say
                       more of smaller cases (30000000)
  --replay LINE        run the line that a failure has printed, or the one in a file, instead of everything above
  --config FILE        options from a JSON file, or the run of a meta.json again; options beside it stand for the file's
  --print-config       print the call as such a file, and run nothing
  --help               this text

Exit code: 0 fine, 1 a property did not hold, 2 wrong call, 3 bad input, 4 internal error, 130 interrupted: the runs
that were over are in the files.

Examples
  deno task fuzz
  deno task fuzz --seed 7 --strategy all --pressure 0.95
  deno task fuzz --scheduler virtual --workload kfree_storm --kfree_loops 40 --pcp 8/2 --runs 1
  deno task fuzz --bugs B1 --shrink
`;
