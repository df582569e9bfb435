/**
 * One worker of a search: explores what it is given, and gives half of what is left to who has nothing.
 */
import { ReferenceProgram } from "../../src/explore/reference.ts";
import { Search } from "../../src/explore/search.ts";
import { SharedVisited } from "../../src/explore/shared_visited.ts";
import { faultOf } from "../command/worker_fault.ts";
import { type ShardNews, type ShardOrder, type ShardStart, SIGNAL } from "./shards.ts";

declare const self: {
  onmessage: ((event: MessageEvent<ShardStart | ShardOrder>) => void) | null;
  postMessage(news: ShardNews): void;
};

let search: Search | undefined;

/** Explores whatever there is, telling others of what can be shared. */
function explore(): void {
  try {
    search!.run();
    self.postMessage({ kind: "idle" });
  } catch (error) {
    self.postMessage({ kind: "fault", ...faultOf(error) });
  }
}

function begin({ request, memory, signals, frames }: ShardStart): void {
  const { size, bug, reduction, preemptions } = request;
  const flags = new Int32Array(signals);
  search = new Search(
    new ReferenceProgram(size, bug),
    { reduction, preemptions },
    new SharedVisited(memory),
    (searching) => {
      // whoever takes the number down is the one that gives
      const idle = Atomics.load(flags, SIGNAL.idle);
      if (idle > 0 && Atomics.compareExchange(flags, SIGNAL.idle, idle, idle - 1) === idle) {
        const given = searching.donate();
        if (given === null) Atomics.add(flags, SIGNAL.idle, 1);
        else self.postMessage({ kind: "given", frames: given });
      }
      return false;
    },
  );
  if (frames === null) search.begin();
  if (frames === "nothing") self.postMessage({ kind: "idle" });
  else explore();
}

self.onmessage = ({ data }) => {
  if (data === "report") self.postMessage({ kind: "report", found: search!.found() });
  else if ("request" in data) begin(data);
  else {
    search!.take(data.frames, false);
    explore();
  }
};
