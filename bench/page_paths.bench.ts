/** `deno bench`: the lockless path beside the normal path. */
import { register } from "./cases.ts";
import { pagePathCases } from "./page_paths.ts";

register(pagePathCases("full"));
