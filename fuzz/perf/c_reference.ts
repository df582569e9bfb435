/**
 * The C program beside the model: compiled where gcc is installed.
 */
import { pathOf } from "../command/path_of.ts";

const SOURCE = pathOf("../../bench/reference/pcp.c", import.meta.url);

/** The compiled program. */
export class CReference {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles into `folder`; null without gcc. */
  static compile(folder: string): CReference | null {
    const program = `${folder}/pcp`;
    let made: Deno.CommandOutput;
    try {
      made = new Deno.Command("gcc", { args: ["-O2", "-o", program, SOURCE], stderr: "piped" }).outputSync();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
    if (!made.success) {
      throw new Error(`gcc cannot compile ${SOURCE}: ${new TextDecoder().decode(made.stderr)}`);
    }
    return new CReference(program);
  }

  /** Nanoseconds of a pair, or of an operation of the random mix, in a zone of 2^shift pages. */
  ns(workload: "pair" | "random", shift: number, operations: number): number {
    const args = [workload, String(shift), String(operations)];
    const { success, stdout, stderr } = new Deno.Command(this.#program, { args }).outputSync();
    if (!success) throw new Error(`pcp ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    return Number(new TextDecoder().decode(stdout));
  }
}
