/**
 * The events of a timeline in the Chrome trace event format, which Perfetto, chrome://tracing and speedscope read: a
 * lane per CPU and kind, spans, flows, counters. Times are microseconds with three decimals.
 */

/** One event; what each phase needs is the format's business. */
export interface TraceEvent {
  /** What is shown. */
  readonly name: string;
  /** Phase: B and E of a span, b and e of an asynchronous one, s and f of a flow, C counter, i instant, M metadata. */
  readonly ph: "B" | "E" | "b" | "e" | "s" | "f" | "C" | "i" | "M";
  /** Process: a group of lanes. */
  readonly pid: number;
  /** Lane. */
  readonly tid: number;
  /** Microseconds since the start. */
  readonly ts?: number;
  /** Joins the events of an asynchronous span or a flow. */
  readonly id?: number | string;
  /** Category. */
  readonly cat?: string;
  /** A flow ends in the span that encloses it. */
  readonly bp?: "e";
  /** An instant belongs to its lane. */
  readonly s?: "t";
  /** Values. */
  readonly args?: Readonly<Record<string, number | string>>;
}

/** Groups of lanes. */
export const GROUP = { cpus: 1, locks: 2, irqsOff: 3, rcu: 4, counters: 5 } as const;

/** Names and order of the groups and their lanes. */
export function laneNames(
  group: number,
  name: string,
  lanes: readonly (readonly [number, string])[],
): TraceEvent[] {
  return [
    { name: "process_name", ph: "M", pid: group, tid: 0, args: { name } },
    { name: "process_sort_index", ph: "M", pid: group, tid: 0, args: { sort_index: group } },
    ...lanes.flatMap(([tid, lane]): TraceEvent[] => [
      { name: "thread_name", ph: "M", pid: group, tid, args: { name: lane } },
      { name: "thread_sort_index", ph: "M", pid: group, tid, args: { sort_index: tid } },
    ]),
  ];
}

/** The file: one event a line, so that two timelines can be compared line by line. */
export function timelineJson(
  events: readonly TraceEvent[],
  about: Readonly<Record<string, unknown>>,
): string {
  const lines = events.map((event) => JSON.stringify(event)).join(",\n");
  return `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[\n${lines}\n]}\n`;
}
