/** Types of the part of deno-std `fmt/colors` that this project uses, in our own words; the package ships none. */

/** The text in bold. */
export function bold(text: string): string;
/** The text in faint type. */
export function dim(text: string): string;
/** The text in red. */
export function red(text: string): string;
/** The text in green. */
export function green(text: string): string;
