/**
 * The producer: `deno task sweep` with its runs made by the workers of the queue. Options, journal and files are those
 * of the local sweep, and so are the bytes of the CSV files; --workers means nothing here.
 */
import { main } from "../fuzz/sweep/main.ts";
import { queuePool } from "./queue_pool.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, queuePool));
