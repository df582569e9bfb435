/**
 * GFP flags of traces as a bit mask of our own. A trace prints names, because the kernel's numbers differ from
 * version to version; so the mask is made from names, composites opened up.
 *
 * Bits 0 to 23 stand where 5.9 has them, which makes a mask comparable with the model's flags; what 5.9 does not have
 * comes above. A composite means what it means in 5.9: the GFP_ATOMIC of a kernel that has no __GFP_ATOMIC sets that
 * bit all the same, and the GFP_NOWAIT of a newer kernel, which includes __GFP_NOWARN there, does not set that one.
 *
 * @kernel include/linux/gfp.h, include/trace/events/mmflags.h 5.9 to 6.18
 * @module
 */

/** Single flags by the kernel's name without the leading `__GFP_`. */
export const GfpFlag = {
  DMA: 0x01,
  HIGHMEM: 0x02,
  DMA32: 0x04,
  MOVABLE: 0x08,
  RECLAIMABLE: 0x10,
  HIGH: 0x20,
  IO: 0x40,
  FS: 0x80,
  ZERO: 0x100,
  ATOMIC: 0x200,
  DIRECT_RECLAIM: 0x400,
  KSWAPD_RECLAIM: 0x800,
  WRITE: 0x1000,
  NOWARN: 0x2000,
  RETRY_MAYFAIL: 0x4000,
  NOFAIL: 0x8000,
  NORETRY: 0x10000,
  MEMALLOC: 0x20000,
  COMP: 0x40000,
  NOMEMALLOC: 0x80000,
  HARDWALL: 0x100000,
  THISNODE: 0x200000,
  ACCOUNT: 0x400000,
  NOLOCKDEP: 0x800000,
  ZEROTAGS: 0x1000000,
  SKIP_ZERO: 0x2000000,
  SKIP_KASAN: 0x4000000,
  NO_OBJ_EXT: 0x8000000,
} as const;

/** Set when a trace names a flag that this table does not have, or prints bits that its kernel had no name for. */
export const GFP_UNKNOWN = 0x40000000;

const RECLAIM = GfpFlag.DIRECT_RECLAIM | GfpFlag.KSWAPD_RECLAIM;
const KERNEL = RECLAIM | GfpFlag.IO | GfpFlag.FS;
const USER = KERNEL | GfpFlag.HARDWALL;
const HIGHUSER_MOVABLE = USER | GfpFlag.HIGHMEM | GfpFlag.MOVABLE;
const TRANSHUGE_LIGHT = (HIGHUSER_MOVABLE | GfpFlag.COMP | GfpFlag.NOMEMALLOC | GfpFlag.NOWARN) & ~RECLAIM;

const COMPOSITES: Readonly<Record<string, number>> = {
  none: 0,
  GFP_TRANSHUGE: TRANSHUGE_LIGHT | GfpFlag.DIRECT_RECLAIM,
  GFP_TRANSHUGE_LIGHT: TRANSHUGE_LIGHT,
  GFP_HIGHUSER_MOVABLE: HIGHUSER_MOVABLE,
  GFP_HIGHUSER: USER | GfpFlag.HIGHMEM,
  GFP_USER: USER,
  GFP_KERNEL_ACCOUNT: KERNEL | GfpFlag.ACCOUNT,
  GFP_KERNEL: KERNEL,
  GFP_NOFS: RECLAIM | GfpFlag.IO,
  GFP_NOIO: RECLAIM,
  GFP_ATOMIC: GfpFlag.HIGH | GfpFlag.ATOMIC | GfpFlag.KSWAPD_RECLAIM,
  GFP_NOWAIT: GfpFlag.KSWAPD_RECLAIM,
  GFP_DMA: GfpFlag.DMA,
  GFP_DMA32: GfpFlag.DMA32,
  __GFP_RECLAIM: RECLAIM,
  __GFP_SKIP_KASAN_POISON: GfpFlag.SKIP_KASAN,
  __GFP_SKIP_KASAN_UNPOISON: GfpFlag.SKIP_KASAN,
};

/** Mask of every name that a trace may print. */
export const GFP_MASK_OF_NAME: ReadonlyMap<string, number> = new Map([
  ...Object.entries(GfpFlag).map(([name, bit]) => [`__GFP_${name}`, bit] as const),
  ...Object.entries(COMPOSITES),
]);
