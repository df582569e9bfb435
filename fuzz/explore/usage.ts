/**
 * The text of `deno task explore --help`.
 */

/** Help of the explore task. */
export const EXPLORE_HELP = `deno task explore [options]

Explores every interleaving and every choice of the reference scenario: CPUs with a page list each over one zone behind
a lock; each CPU makes a number of operations, any of lockless take, allocation with refill, and free with drain.
Checked in every state: no page in two places, none lost, zone->lock held by one, no deadlock.

  --cpus N            CPUs, 1 to 6 (default 2)
  --operations K      operations of each CPU, 1 to 62 (default 4)
  --pages P           pages of the zone, 1 to 16 (default 6)
  --high H            pages in a list from which a free drains (default 2)
  --batch B           pages that a refill or drain moves (default 2)
  --bug NAME          a fault to put in: none, drain-unlocked, refill-early, free-forgets (default none)

  --reduction NAME    none, sleep, own, own+sleep, chains (default chains: what no other CPU can notice goes alone,
                      and states inside such chains are not kept)
  --preemptions N     at most so many preemptions; explores without reduction
  --limit N           at most so many steps (default 1e12)
  --walks N           afterwards walks N random interleavings and tells what share of the states they see
  --frontier FILE     keeps the search in FILE every half minute and when --limit ends it, and goes on with the one
                      that is there: what was explored is not lost when the task is killed
  --workers N         explores with N workers that share the states seen (default 1)
  --states N          states that the workers' table has room for (default 14000000)
  --audit             explores without and with every reduction, and holds their end states and verdicts together
  --shrink            on a violation, finds the smallest case and says what smaller ones were explored

  --model             explores the whole model instead of the scenario: all schedules of a few random programs with few
                      deviations from running tasks in turn. It takes the options of deno task fuzz for machine and
                      load (default --mem 16M --cpus 2 --calls 3 --block_entries 2) and
    --deviations N    deviations at most (default 1): another task than that in turn, once; a tick also until something
                      comes of it
    --runs N          programs for each strategy (default 3)
    --limit N         sections of each program's runs at most
                      A violation is made smaller and told as fuzz --shrink does it

  --json              one object instead of text
  --quiet             no progress and no text
  --help              this text

Exit code: 0 no violation, 1 a violation or an audit that failed, 2 wrong call, 3 a file that cannot be used,
4 internal error. A search that its limit ended says so: no violation in it means little. A signal ends it at once;
what --frontier has kept by then stays.

Before it starts it estimates from random walks how many interleavings and, at least, how many states there are.

Examples
  deno task explore --cpus 3 --operations 4
  deno task explore --cpus 2 --operations 6 --bug refill-early --shrink
  deno task explore --cpus 3 --operations 6 --workers 2
  deno task explore --model --strategy all --deviations 1
`;
