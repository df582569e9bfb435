/**
 * `deno task serve`: the page in which the model runs.
 */
import { whole } from "../../src/run/check_options.ts";
import { EXIT, reportError, UnreadableFile } from "../command/exit.ts";
import { numberOf } from "../command/option_values.ts";
import { readOptions } from "../command/read_options.ts";
import { answer, buildSite } from "./site.ts";
import { SERVE_HELP } from "./usage.ts";

const HOSTNAME = "127.0.0.1";
const PORT = 8421;

/** Starts the server; it runs until the task is ended. */
export async function serve(port: number, listening: (url: string) => void): Promise<Deno.HttpServer> {
  const site = await buildSite();
  try {
    return Deno.serve({
      hostname: HOSTNAME,
      port,
      onListen: (at) => listening(`http://${HOSTNAME}:${at.port}/`),
    }, (request) => answer(site, request));
  } catch (error) {
    throw new UnreadableFile(
      `Cannot listen on port ${port}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Runs the task; returns the exit code when it ends before the server does. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = readOptions(argv, ["port"], ["quiet", "help"]);
    if (args.help === true) {
      console.log(SERVE_HELP);
      return EXIT.fine;
    }
    const port = numberOf(args, "port", whole(0, 65535), PORT);
    const say = (url: string) => args.quiet === true || console.log(`The page is at ${url} (Ctrl-C ends it)`);
    const server = await serve(port, say);
    await server.finished;
    return EXIT.fine;
  } catch (error) {
    return reportError("serve", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
