/**
 * Programs as a kernel developer would write them down.
 */
import { GFP_NAMES } from "../workload/gfps.ts";
import { CALL_WORDS, CODE } from "../workload/program.ts";
import { WAIT } from "../workload/wait_for_readers.ts";

/** A call; `sizes` are the caches' object sizes in bytes. */
function callText(code: number, a: number, b: number, sizes: readonly number[]): string {
  const form = b === 1 ? ", one argument" : "";
  switch (code) {
    case CODE.kvfree:
      return `kvfree_rcu(${sizes[a] ?? "?"} B${form})`;
    case CODE.kvfreeVmalloc:
      return `kvfree_rcu(${a} pages${form})`;
    case CODE.alloc:
      return `page[${b}] = alloc_pages(${GFP_NAMES[a >> 4]}, ${a & 15})`;
    case CODE.free:
      return `free(page[${a}])`;
    case CODE.wait:
      return `wait for readers (${Object.keys(WAIT)[a]})`;
    case CODE.readLock:
      return "rcu_read_lock()";
    case CODE.readUnlock:
      return "rcu_read_unlock()";
    case CODE.irqOff:
      return "local_irq_save()";
    case CODE.irqOn:
      return "local_irq_restore()";
    case CODE.sleep:
      return `sleep ${a} jiffies`;
    case CODE.work:
      return `${a} ns of work`;
    default:
      return `${Object.keys(CODE).find((name) => CODE[name as keyof typeof CODE] === code)}(${a})`;
  }
}

/** The calls of a program, without its end. */
export function programText(words: readonly number[], sizes: readonly number[]): string {
  const calls: string[] = [];
  for (let i = 0; i < words.length && words[i] !== CODE.end; i += CALL_WORDS) {
    calls.push(callText(words[i]!, words[i + 1]!, words[i + 2]!, sizes));
  }
  return calls.length === 0 ? "nothing" : calls.join("; ");
}
