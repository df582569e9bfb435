/**
 * The reference scenario as asynchronous code under fast-check's scheduler: what one would write with it.
 */
import fc from "npm:fast-check@4.10.2";
import type { Draw } from "../../src/explore/walk.ts";

const PAGES = 6, HIGH = 2, BATCH = 2;

class Zone {
  readonly free = Array.from({ length: PAGES }, (_, i) => PAGES - i);
  isLocked = false;
}

class Cpu {
  readonly list: number[] = [];
  readonly held: number[] = [];
  readonly #zone: Zone;
  readonly #step: () => Promise<unknown>;

  constructor(zone: Zone, step: () => Promise<unknown>) {
    this.#zone = zone;
    this.#step = step;
  }

  async run(operations: number, draw: Draw): Promise<void> {
    for (let i = 0; i < operations; i++) {
      await this.#step();
      const operation = draw.index(this.held.length > 0 ? 3 : 2);
      if (operation === 2) await this.#free();
      else await this.#alloc(operation === 1);
    }
  }

  async #alloc(mayRefill: boolean): Promise<void> {
    await this.#step();
    if (mayRefill && this.list.length === 0) await this.#locked(this.#zone.free, this.list);
    if (this.list.length === 0) return;
    await this.#step();
    this.held.push(this.list.pop()!);
  }

  async #free(): Promise<void> {
    await this.#step();
    this.list.push(this.held.pop()!);
    if (this.list.length >= HIGH) await this.#locked(this.list, this.#zone.free);
  }

  /** Moves a batch under the zone's lock. */
  async #locked(from: number[], to: number[]): Promise<void> {
    do await this.#step(); while (this.#zone.isLocked);
    this.#zone.isLocked = true;
    for (let n = 0; n < BATCH && from.length > 0; n++) {
      await this.#step();
      to.push(from.pop()!);
    }
    await this.#step();
    this.#zone.isLocked = false;
  }
}

/** Runs whole random interleavings, and throws when a page is lost. */
export async function fastCheckInterleavings(cpus: number, operations: number, runs: number, draw: Draw) {
  const property = fc.asyncProperty(fc.scheduler(), async (s) => {
    const zone = new Zone();
    const step = () => s.schedule(Promise.resolve());
    const all = Array.from({ length: cpus }, () => new Cpu(zone, step));
    const ended = Promise.all(all.map((cpu) => cpu.run(operations, draw)));
    await s.waitIdle();
    await ended;
    const pages = new Set([...zone.free, ...all.flatMap(({ list, held }) => [...list, ...held])]);
    return pages.size === PAGES;
  });
  await fc.assert(property, { numRuns: runs, seed: 1 });
}
