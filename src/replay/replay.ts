/**
 * Replays a trace: takes its events one by one, predicts what the pcp lists did, and says how well that agrees with
 * what the trace shows. Memory follows the size of the machine, never the length of the trace.
 *
 * @module
 */
import type { PcplistsRow } from "../import/pcplists.ts";
import type { TraceEvent } from "../import/trace_event.ts";
import { KMEM_KINDS, TRACE_KIND_NAMES, TraceKind } from "../import/trace_kind.ts";
import type { TraceSink } from "../import/trace_parser.ts";
import type { Zoneinfo } from "../import/zoneinfo.ts";
import { hasOneLimit } from "../import/zoneinfo_zone.ts";
import type { Geometry } from "../mm/mm.ts";
import { costTable } from "../profile/cost.ts";
import type { Profile } from "../profile/profile.ts";
import { geometryFromZoneinfo } from "../run/geometry.ts";
import { BlockTypes } from "./block_types.ts";
import { EventDelay, EVENTS_HELD_FIRST } from "./event_delay.ts";
import { type BlockSource, Imagined } from "./imagined.ts";
import { Judge } from "./judge.ts";
import { PageUse } from "./page_use.ts";
import { Places } from "./places.ts";
import { type PcpChoice, replayMachine } from "./replay_machine.ts";
import { recordedLimits } from "./recorded_limits.ts";
import { type ReplayResult, resultOf } from "./replay_result.ts";
import { lengthsOf, type StartSource } from "./start_state.ts";

/** What is known of the machine that was traced. */
export interface ReplayInput {
  /** Zones and sizes of the lists. */
  readonly zoneinfo: Zoneinfo;
  /** Lengths of the lists at the beginning. */
  readonly pcplists: readonly PcplistsRow[] | null;
  /** Order of a pageblock, or null for that of the profile. */
  readonly pageBlockOrder: number | null;
}

/** How to replay. */
export interface ReplayOptions {
  /** Kernel version. */
  readonly profile: Profile;
  /** Name of the trace, for messages. */
  readonly file: string;
  /** Whether pages are named with the contents of the refills that the trace shows. */
  readonly identity: boolean;
  /** Another machine to imagine, or null. */
  readonly whatIf: WhatIf | null;
}

/** What is other than recorded. */
export interface WhatIf extends PcpChoice {
  /** Kernel version. */
  readonly profile: Profile;
  /** How pages for blocks are got. */
  readonly blockSource: BlockSource;
}

/**
 * Name of the profile that comes nearest to a recorded kernel, by what its zoneinfo prints: limits of self-tuned lists
 * (6.18), the promotion watermark (6.12), demotions by node (6.8), the boost (5.17), CMA (5.12). Lists whose limits
 * differ from CPU to CPU tune themselves, which 6.7 does too.
 *
 * @kernel mm/vmstat.c zoneinfo_show_print 5.9 to 6.18
 */
export function recordedProfile({ nodes }: Zoneinfo): string {
  const zones = nodes.flatMap((node) => node.zones).filter((each) => each.present > 0);
  const [zone] = zones;
  if (zone?.pagesets[0]?.highMin !== undefined) return "v6_18";
  if (zone?.promo !== undefined) return "v6_12";
  const isTuned = !zones.every(hasOneLimit);
  if (isTuned || nodes.some(({ stats }) => stats.pgdemote_kswapd !== undefined)) return "v6_12";
  if (zone?.boost !== undefined) return "v6_1";
  // 5.12 and 5.13 print the same, and nobody keeps them
  return zone?.cma === undefined ? "v5_9" : "v5_14";
}

/** One replay: a sink for {@link readTrace}, then finish(). */
export class Replay implements TraceSink {
  readonly #input: ReplayInput;
  readonly #options: ReplayOptions;
  readonly #geometry: Geometry;
  /** Sizes of the lists as recorded. */
  readonly #recorded: PcpChoice;
  readonly #places: Places;
  readonly #delay: EventDelay;
  readonly #use: PageUse;
  /** Order of huge pages where they have a list, else -1. */
  readonly #hugeOrder: number;
  /** By kind: 1 for one that matters. */
  readonly #used: Uint8Array;
  #judge: Judge | null = null;
  #source: StartSource = "zoneinfo";
  #imagined: Imagined | null = null;
  #events = 0;
  /** Allocations and frees of huge pages, which the kernel's lists hold and these do not. */
  #hugeEvents = 0;

  /**
   * Begins a replay.
   *
   * @throws {RangeError} When the machine has a zone that the model does not know.
   */
  constructor(input: ReplayInput, options: ReplayOptions) {
    this.#input = input;
    this.#options = options;
    this.#geometry = geometryFromZoneinfo(input.zoneinfo);
    const limits = recordedLimits(input.zoneinfo, this.#geometry, options.profile);
    const keepsBatch = options.profile.pcpHighByFraction === "shared";
    this.#recorded = { size: null, fraction: null, limits, keepsBatch };
    const { pcpLists, nrPages } = replayMachine(this.#geometry, options.profile, this.#recorded);
    this.#places = new Places(this.#geometry, input.zoneinfo.onlineCpus, pcpLists, options.file);
    const { pcpOrderMax, pageblock_order } = options.profile;
    this.#hugeOrder = pcpOrderMax > 0 ? input.pageBlockOrder ?? pageblock_order : -1;
    const used = options.whatIf === null ? USED_KINDS : [...USED_KINDS, ...BLOCK_KINDS];
    this.#used = Uint8Array.from(TRACE_KIND_NAMES, (_, kind) => +used.includes(kind));
    this.#delay = new EventDelay(nrPages, (event) => {
      this.#judge!.take(event);
      this.#judge!.foreseen.eventTaken(this.#delay);
      this.#imagined?.take(event);
      this.#use.take(event);
    }, () => this.#use.forget());
    this.#use = new PageUse(nrPages);
  }

  /** Takes the next event. */
  event(event: TraceEvent): void {
    this.#events++;
    const { kind } = event;
    if (kind < KMEM_KINDS) {
      this.#places.checkPage(event);
      // a failed allocation, or a line about no page
      if (event.pfn < 0) return this.#delay.failed(event);
      if (kind <= TraceKind.mm_page_free && event.order === this.#hugeOrder) this.#hugeEvents++;
    } else if (this.#used[kind] === 0) return;
    if (this.#judge === null && this.#delay.size === EVENTS_HELD_FIRST) this.#begin();
    this.#delay.put(event);
  }

  /** Events of a CPU are missing here. */
  lost(): void {
    this.#delay.lost();
  }

  /** Ends the replay. */
  finish(): ReplayResult {
    if (this.#judge === null) this.#begin();
    this.#delay.flush();
    return resultOf({
      judge: this.#judge!,
      source: this.#source,
      geometry: this.#geometry,
      onlineCpus: this.#input.zoneinfo.onlineCpus,
      events: this.#events,
      profile: this.#options.profile.name,
      hugeEvents: this.#hugeEvents,
      unmatchedBatched: this.#delay.unmatched,
      contradictions: this.#use.contradictions,
      imagined: this.#imagined,
      cost: costTable(),
    });
  }

  /** Learns from the beginning of the trace, then reads it again in earnest. */
  #begin(): void {
    const first = this.#makeJudge(null, false);
    this.#delay.each((event) => first.take(event));
    this.#judge = this.#makeJudge(first.blocks, first.hasLengths);
    this.#source = first.hasLengths ? "GT_PCP" : this.#input.pcplists === null ? "zoneinfo" : "pcplists";
    this.#imagined = this.#makeImagined(first.blocks);
    this.#delay.shorten();
  }

  #makeImagined(learned: BlockTypes): Imagined | null {
    const { whatIf, profile } = this.#options;
    if (whatIf === null) return null;
    const { zoneinfo, pcplists, pageBlockOrder } = this.#input;
    const machine = replayMachine(this.#geometry, whatIf.profile, { ...this.#recorded, ...whatIf });
    const blocks = new BlockTypes(machine.nrPages, pageBlockOrder ?? profile.pageblock_order);
    blocks.learnFrom(learned);
    const imagined = new Imagined(machine, this.#places, blocks, whatIf.blockSource);
    const { lengths, types } = lengthsOf(zoneinfo, this.#geometry, pcplists);
    for (let pcp = 0; pcp * types < lengths.length; pcp++) {
      imagined.setLengths(pcp, [...lengths.subarray(pcp * types, (pcp + 1) * types)]);
    }
    return imagined;
  }

  #makeJudge(learned: BlockTypes | null, waitsForLengths: boolean): Judge {
    const { zoneinfo, pcplists, pageBlockOrder } = this.#input;
    const { profile, identity } = this.#options;
    const machine = replayMachine(this.#geometry, profile, this.#recorded);
    const isNaming = identity && learned !== null;
    return new Judge({
      machine,
      namingMachine: isNaming ? replayMachine(this.#geometry, profile, this.#recorded) : null,
      places: this.#places,
      lengths: lengthsOf(zoneinfo, this.#geometry, pcplists).lengths,
      blockOrder: pageBlockOrder ?? profile.pageblock_order,
      learned,
      waitsForLengths,
    });
  }
}

/** Kinds beside those of kmem that matter. */
const USED_KINDS: readonly number[] = [
  TraceKind.GT_PCP,
  TraceKind.GT_REFILL,
  TraceKind.GT_DRAIN,
  TraceKind.GT_LL_hit,
  TraceKind.GT_LL_miss,
];
/** Kinds that tell when blocks were needed and worked off. */
const BLOCK_KINDS: readonly number[] = [TraceKind.GT_BLK, TraceKind.rcu_invoke_kfree_bulk_callback];
