/**
 * A user who floods: close(open(path)) in a loop, as fast as system calls go. Each looks the path up under
 * rcu_read_lock() and gives an object to kvfree_rcu(); nothing but the time of the system calls slows it.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";

/** Time of path lookup and of the rest of the two system calls, in ns: between cached and cold. */
const LOOKUP_NS = [150, 600] as const;
const SYSCALLS_NS = [300, 900] as const;

/** The load. */
export const closeOpen: Load = {
  name: "close_open",
  meaning: "close(open()) in a loop: a flood that any user can make, with readers",
  vmalloc: false,
  thread(prng, options) {
    const calls = new Calls();
    for (let i = 0; i < options.calls; i++) {
      calls.add(CODE.readLock);
      calls.add(CODE.work, prng.between(...LOOKUP_NS));
      calls.add(CODE.readUnlock);
      calls.add(CODE.work, prng.between(...SYSCALLS_NS));
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
