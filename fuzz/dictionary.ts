/**
 * `deno task dictionary`: writes results/README.md.
 */
import { resultsDictionary } from "../mod.ts";

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("../results/README.md", import.meta.url), resultsDictionary());
}
