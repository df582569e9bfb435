/** Which commit made a result. */

/** The commit that is checked out here, or "unknown". */
export function commitHere(): string {
  try {
    const git = new URL("../../.git/", import.meta.url);
    const head = Deno.readTextFileSync(new URL("HEAD", git)).trim();
    return head.startsWith("ref: ") ? Deno.readTextFileSync(new URL(head.slice(5), git)).trim() : head;
  } catch {
    return "unknown";
  }
}
