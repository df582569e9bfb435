/**
 * What page traffic of programs asks for.
 */
import { GFP, GFP_ATOMIC, GFP_HIGHUSER_MOVABLE, GFP_KERNEL, GFP_NOWAIT } from "../mm/gfp.ts";

/** GFP masks that programs use, by index. */
export const GFPS: readonly number[] = [
  GFP_KERNEL,
  GFP_NOWAIT,
  GFP_ATOMIC,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL | GFP.RECLAIMABLE,
  GFP_KERNEL | GFP.DMA32,
  GFP_KERNEL | GFP.DMA,
];

/** Names of GFPS, for people. */
export const GFP_NAMES = [
  "KERNEL",
  "NOWAIT",
  "ATOMIC",
  "HIGHUSER_MOVABLE",
  "RECLAIMABLE",
  "DMA32",
  "DMA",
] as const;
