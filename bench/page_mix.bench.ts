/** `deno bench`: the hot pair and a random mix of orders, whose C twins are in bench/reference. */
import { register } from "./cases.ts";
import { pageMixCases } from "./page_mix.ts";

register(pageMixCases("full"));
