/**
 * The columns of runs.csv that say what a run was: a row reproduces from them.
 */
import type { RunFacts } from "./run_facts.ts";
import { type Column, column } from "./column.ts";

const isKfree = (r: RunFacts) => r.options.workload.startsWith("kfree_");

/** Columns of the set-up, in order. */
export const SETUP_COLUMNS: readonly Column[] = [
  column("run", "", "number of the run under its seed", (r) => r.options.run),
  column("seed", "", "seed of everything random; the generator is xor128", (r) => r.options.seed),
  column(
    "scheduler",
    "",
    "random: any order that interrupts and preemption allow; pct: by priorities; virtual: virtual time",
    (r) => r.options.scheduler,
  ),
  column("strategy", "", "how a new block's page is got", (r) => r.options.strategy),
  column("profile", "", "kernel version", (r) => r.options.profile),
  column("bugs", "", "bugs of that version left in, joined by +", (r) => r.options.bugs.join("+")),
  column("hz", "1/s", "ticks a second", (r) => r.options.HZ),
  column("preemption", "", "voluntary, full or rt", (r) => r.options.preemption),
  column(
    "rcu_boot",
    "",
    "boot parameters of RCU that are set, joined by +",
    (r) => r.options.rcuBoot.join("+"),
  ),
  column("cpus", "", "CPUs", (r) => r.cpus),
  column("nodes", "", "NUMA nodes", (r) => r.nodes),
  column("managed_pages", "pages", "memory the page allocator manages", (r) => r.managedPages),
  column(
    "pcp_high",
    "pages",
    "pcp high of the largest zone; where it tunes itself, its smallest",
    (r) => r.pcpHigh,
  ),
  column("pcp_batch", "pages", "pcp batch of the largest zone", (r) => r.pcpBatch),
  column("block_entries", "", "pointers a block holds", (r) => r.blockEntries),
  column("cached_blocks", "", "blocks a CPU keeps (rcu_min_cached_objs)", (r) => r.cachedBlocks),
  column("workload", "", "the load", (r) => r.options.workload),
  column("threads", "", "threads of the load", (r) => r.options.threads),
  column(
    "calls",
    "",
    "loads of programs: calls of each program",
    (r) => isKfree(r) ? "" : r.options.calls,
  ),
  column(
    "rate_hz",
    "1/s",
    "loads of programs: kvfree_rcu calls a second and thread, 0 for as fast as it goes",
    (r) => isKfree(r) ? "" : r.options.rateHz,
  ),
  column(
    "kfree_alloc_num",
    "",
    "loads of the kfree kind: objects a loop",
    (r) => isKfree(r) ? r.options.kfree_alloc_num : "",
  ),
  column(
    "kfree_loops",
    "",
    "loads of the kfree kind: loops a thread",
    (r) => isKfree(r) ? r.options.kfree_loops : "",
  ),
  column(
    "gap_us",
    "us",
    "flood and trickle: sleep between two rounds; on_off: mean length of a period",
    (r) => /flood|trickle|on_off/.test(r.options.workload) ? r.options.gapUs : "",
  ),
  column(
    "kfree_mult",
    "",
    "all loads but random: object size in units of 24 bytes",
    (r) => r.options.workload === "random" ? "" : r.options.kfree_mult,
  ),
  column(
    "pressure",
    "",
    "share of the free memory above the min watermarks filled before the run",
    (r) => r.options.pressure,
  ),
  column("swap_pages", "pages", "room in swap for anonymous pages", (r) => r.options.swapPages),
  column(
    "poll_us",
    "us",
    "pause of a script that polls the kernel's log, 0 for none",
    (r) => r.options.pollUs,
  ),
  column("traced", "", "1 when page events are traced, which takes time", (r) => r.options.traced ? 1 : 0),
  column(
    "costs",
    "",
    "nominal, an end of their uncertainty (low, high), or those of code under an emulator (emulated)",
    (r) => r.options.costEnd,
  ),
  column("slowdown", "", "how many times slower than the nominal machine", (r) => r.options.slowdown),
  column(
    "host_cores",
    "",
    "cores of the host that the machine's CPUs share, 0 for one each",
    (r) => r.options.hostCores,
  ),
  column("stolen", "", "share of the busy time that the host gives to others", (r) => r.options.stolen),
];
