/**
 * Ends a task in order when somebody asks for it: the piece of work that has begun is finished, files are closed, and
 * the exit code says so. A second signal ends the process at once, as without all this.
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
/** Time between two looks at whether a signal has come: each costs a turn of the event loop. */
const LOOK_MS = 50;

/** A task was ended by a signal before it had results. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** Listens for signals until it is disposed of. */
export class Interrupt implements Disposable {
  #requested = false;
  #lookedMs = performance.now();
  readonly #request = () => {
    this.#requested = true;
    this[Symbol.dispose]();
  };

  /** Begins to listen. */
  constructor() {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#request);
  }

  /** Whether a signal has come; only work that waits now and then gets to know. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Lets a signal in, now and then, and says whether one has come. */
  async heard(): Promise<boolean> {
    if (performance.now() - this.#lookedMs < LOOK_MS) return this.#requested;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#lookedMs = performance.now();
    return this.#requested;
  }

  /** Listens no longer. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#request);
  }
}

/**
 * A task in pieces. After each it says whether more pieces follow, and is told whether to stop. What comes behind the
 * last piece is ended by a signal at once: nobody could listen while it works.
 */
export type Pieces = Generator<"more" | "last", number, boolean>;

/** Does all pieces; returns the exit code. */
export function allOf(pieces: Pieces): number {
  let piece = pieces.next();
  while (!piece.done) piece = pieces.next(false);
  return piece.value;
}

/** Does the pieces until they are done or a signal comes; resolves with the exit code. */
export async function untilInterrupted(pieces: Pieces): Promise<number> {
  let piece = pieces.next();
  using interrupt = new Interrupt();
  while (!piece.done) {
    const stop = await interrupt.heard();
    if (piece.value === "last") interrupt[Symbol.dispose]();
    piece = pieces.next(stop);
  }
  return piece.value;
}
