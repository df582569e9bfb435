/**
 * Bugs that released kernels had. A profile has them as its version had them; a run mends those that it is not asked to
 * leave in, so that what it reports is about the code under test and not about the past.
 */
import type { Profile } from "./profile.ts";

/** A bug that some version had. */
export interface KnownBug {
  /** Short name, as in options. */
  readonly name: string;
  /** What it is and when it was fixed. */
  readonly summary: string;
  /** The switches that mend it. */
  readonly fix: Partial<Profile>;
  /** For a bug that was fixed before the oldest release here: the profile nearest to it, and what it had. */
  readonly before?: { readonly profile: string; readonly as: Partial<Profile> };
}

/** Bugs that profiles can express. */
export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    name: "B1",
    summary:
      "objects join a batch whose grace period already runs and are freed too early; fixed in 2023 by 5da7cb193db3",
    fix: { attachToPendingKrwp: false },
  },
  {
    name: "B2",
    summary:
      "objects join a batch whose work has started and are freed with it at once; closed by 5da7cb193db3 too",
    fix: { attachToStartingKrwp: false },
  },
  {
    name: "no16",
    summary:
      "the monitor stops when one channel was handed over and another is busy; fixed in 2020 by 594aa5975b9b",
    fix: {},
    before: { profile: "v5_9", as: { monitorRepeat: "lost" } },
  },
  {
    name: "no20",
    summary: "the shrinker scans on although there is nothing to free; fixed in 2020 by 6087659edf45",
    fix: {},
    before: { profile: "v5_9", as: { shrinkScanStops: false } },
  },
  {
    name: "no22",
    summary:
      "the page-cache worker goes on asking after the first page it does not get; fixed in 2022 by 093590c16b44",
    fix: { refillStopsAtFailure: true },
  },
  {
    name: "no23",
    summary: "cached blocks stay in the cache under memory pressure; fixed in 5.14",
    fix: { shrinkerFreesCache: true },
  },
  {
    name: "no24",
    summary: "blocks filled before the scheduler runs are not drained until the next call; fixed in 5.14",
    fix: { bootBulkCheck: true },
  },
  {
    name: "rfc1",
    summary:
      "patch 1 of the RFC queues its work under krcp->lock, which wakes a worker under rq->lock; patch 4 uses a timer",
    fix: { refillStart: "delayedWork" },
  },
];

/** Whether a version had a bug: its own switches are not those that mend it. */
export function hadBug(profile: Profile, { fix, before }: KnownBug): boolean {
  return before?.profile === profile.name ||
    Object.entries(fix).some(([name, mended]) => profile[name as keyof Profile] !== mended);
}

/**
 * The profile with every known bug mended except those named.
 *
 * @throws RangeError when a name is unknown; the message lists the known ones.
 */
export function mendBugs(profile: Profile, leftIn: readonly string[]): Profile {
  const names = KNOWN_BUGS.map((bug) => bug.name);
  for (const name of leftIn) {
    if (names.includes(name)) continue;
    throw new RangeError(`Cannot leave a bug in: expected one of ${names.join(", ")}, got "${name}"`);
  }
  return KNOWN_BUGS.reduce((p, bug) => {
    if (!leftIn.includes(bug.name)) return { ...p, ...bug.fix };
    return bug.before?.profile === profile.name ? { ...p, ...bug.before.as } : p;
  }, profile);
}
