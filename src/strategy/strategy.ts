/**
 * A strategy is how kvfree_call_rcu gets a page when the current block is full. All strategies run on the same machine
 * and load.
 */

/** How a block's page is got. */
export interface Strategy {
  /** Name on the command line and in CSV. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** First section of the operation that returns a page frame or NO_PAGE, or -1 when there is none. */
  readonly blockSource: number;
}
