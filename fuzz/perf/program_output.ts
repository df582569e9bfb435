/**
 * Other programs, run to their end.
 */

/** What a program prints; an error that quotes its messages when it fails. */
export function outputOf(command: string, args: readonly string[], cwd: string): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args], cwd }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${command} ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}
