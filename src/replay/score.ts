/**
 * How well predictions agree with the recording: counts only, no list of events.
 *
 * @module
 */
import { SOURCES } from "./recorded.ts";

/** Things compared, and those that were equal. */
export interface Agreement {
  /** All that was compared. */
  compared: number;
  /** What was equal among it. */
  equal: number;
}

/** Refill predictions at single allocations, of one source of recorded refills. */
export interface Classified {
  /** Predicted and recorded. */
  both: number;
  /** Predicted only. */
  predictedOnly: number;
  /** Recorded only. */
  recordedOnly: number;
}

/** All scores of a replay. */
export class Score {
  /** By pcp: order-0 allocations. */
  readonly allocs: Float64Array;
  readonly refills: Float64Array;
  readonly refillPages: Float64Array;
  readonly drains: Float64Array;
  readonly drainPages: Float64Array;
  readonly classified: readonly Classified[];
  /** Counts that the kernel printed. */
  readonly counts: Agreement = { compared: 0, equal: 0 };
  /** Lockless attempts: hit or miss. */
  readonly lockless: Agreement = { compared: 0, equal: 0 };
  /** Lockless hits: also the list. */
  readonly locklessLists: Agreement = { compared: 0, equal: 0 };
  /** Pages named before they were looked at. */
  readonly identity: Agreement = { compared: 0, equal: 0 };

  /** Everything is zero. */
  constructor(pcps: number) {
    this.allocs = new Float64Array(pcps);
    this.refills = new Float64Array(pcps);
    this.refillPages = new Float64Array(pcps);
    this.drains = new Float64Array(pcps);
    this.drainPages = new Float64Array(pcps);
    const none = () => ({ both: 0, predictedOnly: 0, recordedOnly: 0 });
    this.classified = Array.from({ length: SOURCES }, none);
  }

  /** Classifies an allocation. */
  refillAt(source: number, isPredicted: boolean, isRecorded: boolean): void {
    const each = this.classified[source]!;
    if (isPredicted && isRecorded) each.both++;
    else if (isPredicted) each.predictedOnly++;
    else if (isRecorded) each.recordedOnly++;
  }
}

/** Adds one comparison. */
export function compare(agreement: Agreement, isEqual: boolean): void {
  agreement.compared++;
  if (isEqual) agreement.equal++;
}
