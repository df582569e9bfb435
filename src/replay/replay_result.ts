/**
 * Outcome of a replay as plain numbers.
 *
 * @module
 */
import { ZONE_NAMES } from "../mm/gfp.ts";
import type { Geometry } from "../mm/mm.ts";
import type { DemandSource } from "./block_demand.ts";
import { type Imagined, zoneLockNs } from "./imagined.ts";
import type { PcpSize } from "../mm/pcp_size.ts";
import type { CostTable } from "../profile/cost.ts";
import type { Judge } from "./judge.ts";
import type { Contradictions } from "./page_use.ts";
import { SOURCE } from "./recorded.ts";
import type { Agreement, Classified } from "./score.ts";
import type { StartSource } from "./start_state.ts";

/** A number as predicted and as recorded. */
export interface Compared {
  /** By the model. */
  readonly predicted: number;
  /** By the trace. */
  readonly recorded: number;
}

/** One zone on one CPU. */
export interface ZoneRow {
  /** CPU number of the kernel. */
  readonly cpu: number;
  /** Node. */
  readonly nid: number;
  /** Zone name, e.g. "DMA32". */
  readonly zone: string;
  /** Times that an empty list was refilled. */
  readonly refills: Compared;
  /** Pages that those brought. */
  readonly refillPages: Compared;
  /** Times that pages went back to the buddy lists. */
  readonly drains: Compared;
  /** Pages that went. */
  readonly drainPages: Compared;
  /** Order-0 allocations that found their list filled. */
  readonly served: Compared;
}

/** All of it. */
export interface ReplayResult {
  /** Events of the trace, of any kind. */
  readonly events: number;
  /** Kernel version whose rules the lists were predicted with: name of a profile. */
  readonly profile: string;
  /** By zone, then CPU. */
  readonly perZone: readonly ZoneRow[];
  /** Share of predicted refills that were recorded at that very allocation; 1 when there are none. */
  readonly refillPrecision: number;
  /** Share of recorded refills that were predicted at that very allocation; 1 when there are none. */
  readonly refillRecall: number;
  /** Harmonic mean of the two. */
  readonly refillF1: number;
  /** Lockless attempts, those whose outcome was predicted, hits, and hits of the predicted list. */
  readonly lockless: {
    readonly attempts: number;
    readonly agree: number;
    readonly hits: number;
    readonly agreeOnList: number;
  };
  /** Counts of pages that the kernel printed, and those that the model had too. */
  readonly counts: Agreement;
  /** Pages that could be named, those named right, and lists set to what the trace shows after a difference. */
  readonly identity: { readonly determined: number; readonly equal: number; readonly resyncs: number };
  /** Where the lists' lengths at the start come from. */
  readonly start: StartSource;
  /** Printed refills and drains from before the lengths were known, which count nowhere else. */
  readonly learning: { readonly refills: number; readonly drains: number };
  /** Whether the recorded refills and drains are those that the kernel prints, or are made out from stock events. */
  readonly recordedFrom: "GT lines" | "stock events";
  /** What the evidence of single pages told: pageblocks retyped, drains that no event announced. */
  readonly conclusions: { readonly retyped: number; readonly silentDrains: number };
  /** Events that contradict earlier ones. */
  readonly contradictions: Contradictions;
  /** Lines that print another size of the lists than zoneinfo has. */
  readonly sizesDiffer: { readonly count: number; readonly line: number };
  /** The imagined machine, when one was asked for. */
  readonly whatIf?: ImaginedResult;
  /** Allocations and frees of huge pages, which lists of 5.14 and later hold, but not those of the model. */
  readonly hugeEvents: number;
  /** Batched lines without the line of the free that must come before. */
  readonly unmatchedBatched: number;
}

/** What the result is made of. */
export interface ResultParts {
  readonly judge: Judge;
  readonly source: StartSource;
  readonly geometry: Geometry;
  readonly onlineCpus: readonly number[];
  readonly events: number;
  readonly profile: string;
  readonly hugeEvents: number;
  readonly unmatchedBatched: number;
  readonly contradictions: Contradictions;
  readonly imagined: Imagined | null;
  readonly cost: CostTable;
}

/** What the imagined machine did, beside what the real one did. */
export interface ImaginedResult {
  /** By zone, then CPU. */
  readonly perZone: readonly ImaginedRow[];
  /** Pages needed for blocks, and those that were there at once. */
  readonly blocks: { readonly needed: number; readonly got: number };
  /** What told when a block was needed. */
  readonly demandFrom: DemandSource;
  /** Time under zone->lock for refills and drains, in ns, with the costs of src/profile/cost.ts. */
  readonly zoneLockNs: Imagination;
}

/** One zone on one CPU of the imagined machine. */
export interface ImaginedRow {
  /** CPU number of the kernel. */
  readonly cpu: number;
  /** Node. */
  readonly nid: number;
  /** Zone name, e.g. "DMA32". */
  readonly zone: string;
  /** Size of the imagined lists; where limits tune themselves, at the start. */
  readonly size: PcpSize;
  /** Times that an empty list was refilled. */
  readonly refills: Imagination;
  /** Pages that those brought. */
  readonly refillPages: Imagination;
  /** Times that pages went back to the buddy lists. */
  readonly drains: Imagination;
  /** Pages that went. */
  readonly drainPages: Imagination;
}

/** A number as imagined and as recorded. */
export interface Imagination {
  /** By the imagined machine. */
  readonly imagined: number;
  /** By the trace. */
  readonly recorded: number;
}

/** Gathers it. */
export function resultOf(parts: ResultParts): ReplayResult {
  const { judge, events, profile, hugeEvents, unmatchedBatched } = parts;
  const { score, recorded } = judge;
  const source = recorded.isPrinted ? SOURCE.printed : SOURCE.inferred;
  const classified = score.classified[source]!;
  return {
    events,
    profile,
    perZone: zoneRows(parts, source),
    ...f1Of(classified, recorded.unclaimed(source)),
    lockless: {
      attempts: score.lockless.compared,
      agree: score.lockless.equal,
      hits: score.locklessLists.compared,
      agreeOnList: score.locklessLists.equal,
    },
    counts: { ...score.counts },
    identity: {
      determined: score.identity.compared,
      equal: score.identity.equal,
      resyncs: judge.namer?.resyncs ?? 0,
    },
    start: parts.source,
    learning: { ...judge.learning },
    recordedFrom: recorded.isPrinted ? "GT lines" : "stock events",
    conclusions: { ...judge.predictor.putRight.conclusions },
    contradictions: { ...parts.contradictions },
    sizesDiffer: { ...judge.sizesDiffer },
    hugeEvents,
    unmatchedBatched,
    ...(parts.imagined === null ? {} : { whatIf: imaginedResult(parts, parts.imagined, source) }),
  };
}

function imaginedResult(parts: ResultParts, imagined: Imagined, source: number): ImaginedResult {
  const rows = zoneRows(
    { ...parts, judge: { score: imagined.score, recorded: parts.judge.recorded } },
    source,
  );
  const perZone = rows.map((row, pcp) => {
    const as = ({ predicted, recorded }: Compared) => ({ imagined: predicted, recorded });
    const { cpu, nid, zone } = row;
    const size = imagined.sizes[pcp]!;
    const moves = { refills: as(row.refills), refillPages: as(row.refillPages) };
    return { cpu, nid, zone, size, ...moves, drains: as(row.drains), drainPages: as(row.drainPages) };
  });
  const lockNs = (side: keyof Imagination) =>
    perZone.reduce((sum, { refills, refillPages, drains, drainPages }) =>
      sum + zoneLockNs({
        refills: refills[side],
        refillPages: refillPages[side],
        drains: drains[side],
        drainPages: drainPages[side],
      }, parts.cost), 0);
  const { compared, equal } = imagined.blocks;
  return {
    perZone,
    blocks: { needed: compared, got: equal },
    demandFrom: imagined.demandSource,
    zoneLockNs: { imagined: lockNs("imagined"), recorded: lockNs("recorded") },
  };
}

function f1Of({ both, predictedOnly, recordedOnly }: Classified, unclaimed: number) {
  const missed = recordedOnly + unclaimed;
  const share = (part: number, whole: number) => whole === 0 ? 1 : part / whole;
  return {
    refillPrecision: share(both, both + predictedOnly),
    refillRecall: share(both, both + missed),
    refillF1: share(2 * both, 2 * both + predictedOnly + missed),
  };
}

/** What the rows of the zones are made of. */
interface RowParts extends Pick<ResultParts, "geometry" | "onlineCpus"> {
  readonly judge: Pick<Judge, "score" | "recorded">;
}

function zoneRows({ judge, geometry, onlineCpus }: RowParts, source: number): ZoneRow[] {
  const { score, recorded: { moves } } = judge;
  const cpus = onlineCpus.length;
  const from = source * geometry.zones.length * cpus;
  return geometry.zones.flatMap(({ nid, index }, zone) =>
    onlineCpus.map((cpu, at) => {
      const pcp = zone * cpus + at;
      const both = (predicted: Float64Array, recorded: Float64Array) => ({
        predicted: predicted[pcp]!,
        recorded: recorded[from + pcp]!,
      });
      const refills = both(score.refills, moves.refills);
      return {
        cpu,
        nid,
        zone: ZONE_NAMES[index]!,
        refills,
        refillPages: both(score.refillPages, moves.refillPages),
        drains: both(score.drains, moves.drains),
        drainPages: both(score.drainPages, moves.drainPages),
        served: {
          predicted: score.allocs[pcp]! - refills.predicted,
          recorded: score.allocs[pcp]! - refills.recorded,
        },
      };
    })
  );
}
