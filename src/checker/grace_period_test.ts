/** grace_period against a twin that keeps every reader's and object's whole history. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { smallMachine } from "../../tests/support/machines.ts";
import { EVENT } from "../sim/events.ts";
import { gracePeriod } from "./grace_period.ts";

const TASKS = 4, OBJECTS = 3;

/** An event of a history: what happens, the task that does it, the object. */
interface Step {
  readonly what: "reads" | "waits" | "kvfree" | "synchronize" | "free";
  readonly task: number;
  readonly object: number;
}

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom("reads", "reads", "waits", "kvfree", "synchronize", "free", "free"),
    task: fc.nat(TASKS - 1),
    object: fc.nat(OBJECTS - 1),
  }),
  { maxLength: 40 },
);

/** What must be said at each step, as the kinds of complaint; readers and waits begin and end in turn. */
class Twin {
  readonly #reading = new Map<number, number>();
  readonly #waiting = new Map<number, number>();
  readonly #queued = new Map<number, number>();
  #now = 0;

  take({ what, task, object }: Step): string[] {
    const since = ++this.#now;
    const older = (then: number) => [...this.#reading.values()].some((began) => began < then);
    if (what === "reads") {
      if (!this.#reading.delete(task)) this.#reading.set(task, since);
      return [];
    }
    if (what === "waits") {
      const began = this.#waiting.get(task);
      if (began === undefined) this.#waiting.set(task, since);
      else this.#waiting.delete(task);
      return began !== undefined && older(began) ? ["ended early"] : [];
    }
    const then = this.#queued.get(object);
    if (what !== "free") {
      this.#queued.set(object, since);
      return then === undefined ? [] : ["twice"];
    }
    this.#queued.delete(object);
    if (then === undefined) return ["given by nobody"];
    return older(then) ? ["freed early"] : [];
  }
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^task \d+'s wait for readers ended while task \d+ still reads since before it$/, "ended early"],
  [/^object \d+ was given to kvfree_rcu\(\) twice$/, "twice"],
  [/^object \d+ is freed and nobody has given it to kvfree_rcu\(\) since$/, "given by nobody"],
  [/^object \d+ was freed while task \d+ still reads since before its kvfree_rcu\(\)$/, "freed early"],
];

Deno.test("grace_period complains of what its twin does, and of nothing else", () => {
  const { m } = smallMachine({ cpus: 1 });
  const seen = new Set<string>();
  fc.assert(
    fc.property(steps, (history) => {
      const said: string[] = [];
      const { listener } = gracePeriod.attach(m, (message) => {
        said.push(KINDS.find(([text]) => text.test(message))?.[1] ?? message);
      });
      const [reading, waiting] = [new Set<number>(), new Set<number>()];
      /** 1 when it begins, 0 when it ends. */
      const turn = (set: Set<number>, t: number) => set.delete(t) ? 0 : (set.add(t), 1);
      const twin = new Twin();
      for (const step of history) {
        said.length = 0;
        const { what, task, object } = step;
        const expected = twin.take(step);
        if (what === "reads") listener!.onEvent(EVENT.reader, task, turn(reading, task), 0, 0);
        else if (what === "waits") listener!.onEvent(EVENT.gracePeriodWait, task, turn(waiting, task), 0, 0);
        else {
          const kind = {
            kvfree: EVENT.kvfreeQueued,
            synchronize: EVENT.synchronizing,
            free: EVENT.objectFreed,
          };
          listener!.onEvent(kind[what], task, object, 0, 0);
        }
        assertEquals(said, expected);
        for (const complaint of expected) seen.add(complaint);
      }
    }),
    { seed: 5, numRuns: 1000 },
  );
  assert(seen.size === KINDS.length, [...seen].join());
});
