/** Names of the strategies, for the page's menu. */
import { STRATEGIES as ALL } from "../strategy/registry.ts";

/** Names in the order in which tables list them. */
export const STRATEGIES: readonly string[] = ALL.map((s) => s.name);
