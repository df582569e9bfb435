/**
 * From a schedule's names to the tasks and sections of a machine, its own or another.
 */
import { quote } from "../import/import_error.ts";
import { LenientScheduler } from "../scheduler/in_turn.ts";
import { ReplayScheduler, ScheduleDiverged } from "../scheduler/replay.ts";
import { sectionNamed } from "../sim/operation.ts";
import { type LabelledSchedule, type Recorder, SEGMENT_WORDS } from "../sim/schedule.ts";
import type { Workloads } from "../workload/program.ts";
import { taskNames } from "./names.ts";

/**
 * A scheduler that follows a schedule on a machine.
 *
 * @throws ScheduleDiverged when a name means nothing here.
 */
export function followerOf(m: Workloads, { tasks, sections, segments }: LabelledSchedule): ReplayScheduler {
  const names = taskNames(m);
  const taskOf = tasks.map((name) => known(names.indexOf(name), `task ${quote(name)}, which this machine`));
  const pcOf = sections.map((name) =>
    known(sectionNamed(name), `section ${quote(name)}, which this version`)
  );
  const resolved = Uint32Array.from(segments, (word, i) => {
    const field = i % SEGMENT_WORDS;
    return field === 0 ? taskOf[word]! : field === 1 ? pcOf[word]! : word;
  });
  return new ReplayScheduler(resolved, (t) => names[t] ?? `task ${t}`);
}

/** Segments by task number and program counter, without those whose task or section another machine does not have. */
export function segmentsOn(m: Workloads, { tasks, sections, segments }: LabelledSchedule): number[] {
  const names = taskNames(m);
  const taskOf = tasks.map((name) => names.indexOf(name));
  const pcOf = sections.map(sectionNamed);
  const kept: number[] = [];
  for (let i = 0; i < segments.length; i += SEGMENT_WORDS) {
    const [t, pc] = [taskOf[segments[i]!]!, pcOf[segments[i + 1]!]!];
    if (t >= 0 && pc >= 0) kept.push(t, pc, segments[i + 2]!);
  }
  return kept;
}

/** A scheduler that follows a schedule on another machine as far as that has its tasks and sections. */
export function lenientFollowerOf(
  m: Workloads,
  schedule: LabelledSchedule,
  recorder: Recorder | null = null,
): LenientScheduler {
  return new LenientScheduler(segmentsOn(m, schedule), recorder);
}

function known(number: number, what: string): number {
  if (number < 0) throw new ScheduleDiverged(`Cannot follow the schedule: it names ${what} does not have`);
  return number;
}
