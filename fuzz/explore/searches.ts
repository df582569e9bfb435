/**
 * The ways to search: here, from a file and into it, or over several workers. Progress is shown on a terminal.
 */
import { formatCheckpoint, parseCheckpoint } from "../../src/explore/checkpoint.ts";
import type { Exploration, Reduction } from "../../src/explore/exploration.ts";
import { explore } from "../../src/explore/explore.ts";
import { ReferenceProgram } from "../../src/explore/reference.ts";
import { Search } from "../../src/explore/search.ts";
import { Visited } from "../../src/explore/visited.ts";
import { ofFile, UnreadableFile } from "../command/exit.ts";
import { writeFile } from "../command/guarded.ts";
import { probeFile } from "../command/probe.ts";
import { reasonOf } from "../command/reason_of.ts";
import { TerminalLine } from "../command/terminal_line.ts";
import type { ExploreRequest } from "./arguments.ts";
import { exploreSharded } from "./shards.ts";

/** Seconds between two writes of a search that is kept. */
const KEEP_EVERY_S = 30;
/** Share of the shared table's slots that are used. */
const TABLE_SHARE = 0.8;

/** A search and its time. */
export type Searched = Exploration & { readonly seconds: number };

/** Told now and then how far a search is. */
type Told = (states: number, transitions: number) => void;

/** Searches as the request says, with another reduction if one is given. */
export async function search(
  request: ExploreRequest,
  reduction: Reduction = request.reduction,
): Promise<Searched> {
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1000;
  const line = new TerminalLine(request.quiet);
  const told: Told = (states, transitions) =>
    line.draw((seconds) => {
      const rate = (transitions / seconds / 1e6).toFixed(2);
      return `${states} states, ${transitions} steps, ${rate} M steps a second`;
    });
  const { size, bug, preemptions, limit } = request;
  let found: Exploration;
  if (request.workers > 1) found = await searchSharded(request);
  else if (request.frontier !== null) found = searchKept(request, request.frontier, seconds, told);
  else {
    const options = { reduction, preemptions, limit, progress: told, stopAtFirst: request.shrink };
    found = explore(new ReferenceProgram(size, bug), options);
  }
  line.clear();
  return { ...found, seconds: seconds() };
}

async function searchSharded(request: ExploreRequest): Promise<Exploration> {
  const { size, bug, reduction, preemptions } = request;
  const bits = Math.ceil(Math.log2(request.states / TABLE_SHARE));
  const found = await exploreSharded(request, request.workers, bits);
  if (found.failure === null) return found;
  // which path a worker fails on is chance; that of one search is not
  const { failure } = explore(new ReferenceProgram(size, bug), { reduction, preemptions, stopAtFirst: true });
  return { ...found, failure };
}

/** Goes on with the search that is in the file, if there is one, and keeps it there. */
function searchKept(
  request: ExploreRequest,
  file: string,
  seconds: () => number,
  told: Told,
): Exploration {
  const { size, bug, reduction, preemptions, limit } = request;
  const key = JSON.stringify({ size, bug, reduction, preemptions: String(preemptions) });
  const before = readKept(file, key);
  const visited = before?.visited ?? new Visited();
  let keptAt = seconds();
  const options = { reduction, preemptions, limit };
  const searching = new Search(
    new ReferenceProgram(size, bug),
    options,
    visited,
    ({ progress: { states, transitions } }) => {
      told(states, transitions);
      return seconds() - keptAt > KEEP_EVERY_S;
    },
  );
  if (before === null) {
    probeFile(file);
    searching.begin();
  } else {
    searching.addFound(before.found);
    ofFile(file, SyntaxError, () => searching.take(before.frames, true));
  }
  const keep = () => {
    const bytes = formatCheckpoint({ key, frames: searching.frames(), found: searching.found(), visited });
    writeFile(file, bytes);
    keptAt = seconds();
  };
  while (!searching.run() && searching.progress.transitions <= limit) keep();
  keep();
  return searching.found();
}

function readKept(file: string, key: string) {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new UnreadableFile(`Cannot read ${file}: ${reasonOf(error)}`);
  }
  return ofFile(file, SyntaxError, () => parseCheckpoint(bytes, key));
}
