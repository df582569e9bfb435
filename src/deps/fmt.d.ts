/** Types of the part of deno-std `fmt/colors` that this project uses, in our own words; the package ships none. */

/** The text in bold. */
export function bold(text: string): string;
/** The text in faint type. */
export function dim(text: string): string;
/** The text in red. */
export function red(text: string): string;
/** The text in green. */
export function green(text: string): string;
/** The text in yellow. */
export function yellow(text: string): string;
/** The text in cyan. */
export function cyan(text: string): string;
/** Turns colours on or off for the whole program; has no effect when NO_COLOR is set. */
export function setColorEnabled(enabled: boolean): void;
/** The text without its escape sequences, which is what takes up room on a terminal. */
export function stripAnsiCode(text: string): string;
