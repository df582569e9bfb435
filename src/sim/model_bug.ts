/**
 * What code throws when a fact does not hold: about the model itself, or about the code that it models.
 */

/**
 * The error of a broken model: something that the kernel cannot do and that no schedule may cause. It is never used
 * for a violated property (that is a Violation, returned) nor for bad input.
 */
export class ModelBug extends Error {
  override name = "ModelBug";
}

/**
 * What the kernel itself would stop at (VM_BUG_ON, a lockdep report, a self-deadlock). A run that meets one ends with
 * a verdict against the modelled code, not against the model.
 */
export class KernelBug extends Error {
  override name = "KernelBug";
}

/**
 * Asserts what the kernel asserts at this place; `what` names the report. Where a report quotes numbers the caller asks
 * first, `if (wrong) bugOn(true, ...)`, since the text would be made on every call otherwise.
 */
export function bugOn(condition: boolean, what: string): void {
  if (condition) throw new KernelBug(what);
}

/** Asserts a fact of the model itself; `what` names it in the words of the model. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ModelBug(`Model invariant broken: ${what}`);
}
