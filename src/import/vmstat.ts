/**
 * /proc/vmstat: one `name value` per line. Which names there are depends on version and configuration, so all are
 * kept.
 *
 * @module
 */
import { quote } from "./import_error.ts";
import { COUNTER_MAX, ProcText } from "./proc_text.ts";

/** Counters of the whole machine by their printed name: pages for `nr_*` gauges, events since boot for the rest. */
export type Vmstat = Readonly<Record<string, number>>;

/**
 * Reads /proc/vmstat.
 *
 * @param file Name of the file, for messages.
 * @throws {ImportError} When it is not a vmstat text, or is cut, or names a counter twice.
 */
export function parseVmstat(text: string, file = "vmstat"): Vmstat {
  const proc: ProcText = new ProcText("vmstat", text, file);
  const counters = new Map<string, number>();
  for (let line = proc.next(); line !== undefined; line = proc.next()) {
    const [name, value, ...rest] = line.split(/\s+/);
    if (!/^[a-z]\w*$/.test(name!) || rest.length > 0) {
      proc.fail("the line", "a name and a number", quote(line));
    }
    if (counters.has(name!)) proc.fail(name!, "printed once", "it a second time");
    counters.set(name!, proc.whole(name!, value, COUNTER_MAX));
  }
  if (!counters.has("nr_free_pages")) proc.fail("nr_free_pages", "there", "a file without it");
  return Object.fromEntries(counters);
}
