/**
 * Kinds of comparisons: what is compared, and the band in which a prediction counts as right.
 */
import {
  blockHits,
  fellBack,
  foreignHits,
  gracePeriodMs,
  loadMs,
  type Measured,
  streakMax,
  streakMean,
} from "./predict.ts";

/** One comparison. */
export interface FidelityCase {
  /** What is compared. */
  readonly name: string;
  /** Load and machine; cases with the same scene share its runs. */
  readonly scene: string;
  /** What the recordings show, in the unit of the name. */
  readonly recorded: number | string;
  /** Band in which the prediction has to be. */
  readonly low: number;
  readonly high: number;
  /** The prediction. */
  readonly predict: (measured: Measured) => number;
}

/** Share of blocks that got a page, within 5 percentage points. */
export function hitRate(size: string, recorded: number | string, low: number, high: number): FidelityCase {
  return {
    name: `block-level hit rate at ${size}, %`,
    scene: `storm ${size}`,
    recorded,
    low,
    high,
    predict: blockHits,
  };
}

/** A share of objects that fell back, within a factor of two of what was recorded. */
export function lost(size: string, recorded: string, low: number, high: number): FidelityCase {
  return {
    name: `objects fallen back at ${size}, %`,
    scene: `storm ${size}`,
    recorded,
    low,
    high,
    predict: fellBack,
  };
}

/** Within a factor of what was recorded. */
export function within(factor: number, least: number, most = least): { low: number; high: number } {
  return { low: least / factor, high: most * factor };
}

/** Pages for blocks from the MOVABLE and RECLAIMABLE lists: who uses the lists besides the load decides. */
export function foreign(scene: string, recorded: number | string, least: number, most = least): FidelityCase {
  const name = `${scene}: pages from movable and reclaimable lists, %`;
  return { name, scene, recorded, ...within(2, least, most), predict: foreignHits };
}

/** Grace periods under load, where what a host does shows most. */
export function gracePeriods(
  scene: string,
  recorded: number | string,
  least: number,
  most = least,
): FidelityCase {
  const name = `${scene}: length of a grace period, mean in ms`;
  return { name, scene, recorded, ...within(2, least, most), predict: gracePeriodMs };
}

/** How long a load took whose length did not go into the machine's speed, within a factor of one and a half. */
export function duration(
  scene: string,
  recorded: number | string,
  least: number,
  most = least,
): FidelityCase {
  return {
    name: `${scene}: length of the load, ms`,
    scene,
    recorded,
    ...within(1.5, least, most),
    predict: loadMs,
  };
}

/** Failed requests in a row, within a factor of two: the mean, and the most. */
export function streaks(
  name: string,
  scene: string,
  mean: readonly [recorded: number | string, least: number, most?: number],
  most: readonly [recorded: number | string, least: number, most?: number],
): FidelityCase[] {
  return [
    { name: `${name}, mean`, scene, recorded: mean[0], ...within(2, mean[1], mean[2]), predict: streakMean },
    { name: `${name}, most`, scene, recorded: most[0], ...within(2, most[1], most[2]), predict: streakMax },
  ];
}
