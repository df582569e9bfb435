/** `deno bench`: kvfree_rcu() by strategy, pcp size, call rate and pressure. */
import { register } from "./cases.ts";
import { kvfreeRcuCases } from "./kvfree_rcu.ts";

register(kvfreeRcuCases("full"));
