/**
 * What a real kernel did and the model has to predict, each with the load, the machine and the band in which the
 * prediction counts as right. The recordings are of Linux 5.10.198 with the RFC's function in it; nothing of them goes
 * into a prediction but the machine and the load.
 */
import {
  blockHits,
  blockPages,
  bulkMean,
  bulkMedian,
  failures,
  fellBack,
  foreignHits,
  fullBlocks,
  gracePeriodJiffies,
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

function hitRate(size: string, recorded: number | string, low: number, high: number): FidelityCase {
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
function lost(size: string, recorded: string, low: number, high: number): FidelityCase {
  return {
    name: `objects fallen back at ${size}, %`,
    scene: `storm ${size}`,
    recorded,
    low,
    high,
    predict: fellBack,
  };
}

function within(factor: number, least: number, most = least): { low: number; high: number } {
  return { low: least / factor, high: most * factor };
}

/** Pages for blocks from the MOVABLE and RECLAIMABLE lists: who uses the lists besides the load decides. */
function foreign(scene: string, recorded: number | string, least: number, most = least): FidelityCase {
  const name = `${scene}: pages from movable and reclaimable lists, %`;
  return { name, scene, recorded, ...within(2, least, most), predict: foreignHits };
}

/** All comparisons. */
export const FIDELITY_CASES: readonly FidelityCase[] = [
  hitRate("378/63", 100, 95, 100),
  hitRate("250/62", 99.9, 94.9, 100),
  hitRate("62/15", 93.2, 88.2, 98.2),
  hitRate("20/5", 71, 66, 76),
  hitRate("8/2", "69 to 70", 64, 75),
  lost("378/63", "0 to 0.05", 0, 0.1),
  lost("62/15", "0.26", 0.13, 0.52),
  lost("20/5", "2.1", 1.05, 4.2),
  lost("8/2", "1.7 to 3.1", 0.85, 6.2),
  {
    name: "misses in a row at 62/15, mean",
    scene: "storm 62/15",
    recorded: 17.7,
    ...within(2, 17.7),
    predict: streakMean,
  },
  {
    name: "misses in a row at 8/2, mean",
    scene: "storm 8/2",
    recorded: "19 to 30",
    ...within(2, 19.2, 29.9),
    predict: streakMean,
  },
  {
    name: "misses in a row at 8/2, most",
    scene: "storm 8/2",
    recorded: "1261 to 3947",
    ...within(2, 1261, 3947),
    predict: streakMax,
  },
  {
    name: "flood 378/63: objects lost, %",
    scene: "flood 378/63",
    recorded: 11.1,
    low: 4,
    high: 18,
    predict: fellBack,
  },
  {
    name: "flood 8/2: objects lost, %",
    scene: "flood 8/2",
    recorded: 73.8,
    low: 74,
    high: 82,
    predict: fellBack,
  },
  {
    name: "flood 378/63: misses in a row, mean",
    scene: "flood 378/63",
    recorded: 9518,
    ...within(2, 9518),
    predict: streakMean,
  },
  {
    name: "flood 378/63: misses in a row, most",
    scene: "flood 378/63",
    recorded: 16927,
    ...within(2, 16927),
    predict: streakMax,
  },
  {
    name: "flood, stock 5.10: objects lost, %",
    scene: "flood stock",
    recorded: 24.4,
    low: 10,
    high: 35,
    predict: fellBack,
  },
  {
    name: "storm, GFP_NOWAIT: objects lost, %",
    scene: "storm nowait",
    recorded: 0,
    low: 0,
    high: 0.01,
    predict: fellBack,
  },
  {
    name: "flood 378/63: full blocks, %",
    scene: "flood 378/63",
    recorded: 98.3,
    low: 86,
    high: 99,
    predict: fullBlocks,
  },
  {
    name: "storm 378/63: full blocks, %",
    scene: "storm 378/63",
    recorded: 96.7,
    low: 86,
    high: 99,
    predict: fullBlocks,
  },
  {
    name: "trickle of 100 every 5 ms: objects a kfree_bulk(), median",
    scene: "trickle 100/5ms",
    recorded: 400,
    low: 395,
    high: 410,
    predict: bulkMedian,
  },
  {
    name: "trickle of 10 every 2 ms: objects a kfree_bulk(), mean",
    scene: "trickle 10/2ms",
    recorded: 95.2,
    low: 85,
    high: 95.5,
    predict: bulkMean,
  },
  foreign("storm 378/63", "0.2 to 0.5", 0.2, 0.5),
  foreign("storm 8/2", "2.9 to 4.0", 2.9, 4.0),
  foreign("flood 378/63", 27.1, 27.1),
  foreign("flood 8/2", 50, 50),
  {
    name: "trickle of 100 every 5 ms: length of a grace period, median in jiffies",
    scene: "trickle 100/5ms",
    recorded: 2,
    low: 1.9,
    high: 2.1,
    predict: gracePeriodJiffies,
  },
  {
    name: "a million objects, fraction 0: failed requests",
    scene: "million, fraction 0",
    recorded: "frequent",
    low: 100,
    high: 1e6,
    predict: failures,
  },
  {
    name: "a million objects, fraction 8: failed requests",
    scene: "million, fraction 8",
    recorded: 0,
    low: 0,
    high: 0,
    predict: failures,
  },
  {
    name: "a million objects, fraction 8: pages in use by blocks, most",
    scene: "million, fraction 8",
    recorded: "300 to 400",
    ...within(2, 300, 400),
    predict: blockPages,
  },
];

/** Numbers of the recordings that are not compared, and why. */
export const NOT_COMPARED: readonly string[] = [
  "objects a second, and objects per grace period: the emulator is slower than any machine, by a factor that changes",
  "grace periods under load: four virtual CPUs shared two real ones, which stretches them up to 1.8 s",
  "objects that stock 5.10 loses in the storm (10.9 to 25.4 %): in 181 of 211 recorded cases the worker comes within " +
  "one object, as in the model; the losses are the others, in which the emulator's timer interrupt was 2 to 7 ms late",
  "what a miss costs: every recorded miss writes a line of the trace, which takes longer than the miss",
  "memory footprint: rcuscale's figure is a difference of free memory and can be negative",
];
