/**
 * What `deno task fidelity` prints and a report draws: a file of its own, so that the task does not load a report's
 * packages.
 */

/** One figure, predicted and recorded, with the band that the recordings allow. */
export interface FidelityRow {
  /** What is compared. */
  readonly name: string;
  /** The model's figure. */
  readonly predicted: number;
  /** The kernel's figure, or a text such as "69 to 70 %" where recordings differ. */
  readonly recorded: number | string;
  /** Band. */
  readonly low: number;
  readonly high: number;
  /** Whether the prediction is in it. */
  readonly inBand: boolean;
}
