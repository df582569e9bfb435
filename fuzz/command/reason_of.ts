/** What the system says when it cannot read or write a file, in words for who named the file. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Deno's own words ask for a flag that no task takes
  return error instanceof Deno.errors.NotCapable && message.startsWith("Requires all access")
    ? "Deno keeps its programs out of /proc, /sys and /dev: expected a file elsewhere, such as a copy"
    : message;
}
