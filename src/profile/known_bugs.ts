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
}

/** Bugs that profiles can express. */
export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    name: "B1",
    summary:
      "objects join a batch whose grace period already runs and are freed too early; fixed in 2023 by 5da7cb193db3",
    fix: { attachToPendingKrwp: false },
  },
];

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
  return KNOWN_BUGS.reduce((p, bug) => leftIn.includes(bug.name) ? p : { ...p, ...bug.fix }, profile);
}
