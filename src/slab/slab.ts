/**
 * SLUB as page traffic: where objects lie, which slab a CPU allocates from, and when a slab's page comes from or goes
 * back to the page allocator. That traffic is what keeps the per-CPU page lists stocked, so it is modelled object by
 * object; the contents of objects are not.
 *
 * @kernel mm/slub.c 5.9
 */
import { struct, type StructPlan, type Views } from "../sim/layout.ts";
import type { Mm } from "../mm/mm.ts";
import { PAGE_SIZE } from "../profile/page_size.ts";

/** A kmalloc class that a machine has. */
export interface CacheGeometry {
  /** Object size in bytes: one of KMALLOC_SIZES. */
  readonly size: number;
  /** Most slabs it may have at a time. */
  readonly slabsMax: number;
}

/** kmalloc classes of 5.9, in bytes; larger requests go to the page allocator. */
const KMALLOC_SIZES = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192] as const;

/**
 * Size in bytes of the kmalloc class for a request of `bytes`, or 0 when it is too large for one.
 *
 * @kernel include/linux/slab.h kmalloc_index, kmalloc_size 5.9
 */
export function kmallocSize(bytes: number): number {
  if (bytes > 64 && bytes <= 96) return 96;
  if (bytes > 128 && bytes <= 192) return 192;
  return KMALLOC_SIZES.find((size) => size >= bytes && size !== 96 && size !== 192) ?? 0;
}

/** Order and object count of a cache's slabs. */
export interface SlabShape {
  /** Order of a slab's block of pages. */
  readonly order: number;
  /** Objects of a slab. */
  readonly objects: number;
  /** Order used when the larger one is not to be had. */
  readonly minOrder: number;
  /** Objects of a slab of that order. */
  readonly minObjects: number;
}

const slub_max_order = 3;

/**
 * Order of a cache's slabs: the smallest that holds enough objects with little waste.
 *
 * @param nr_cpu_ids Possible CPUs: more of them want more objects a slab.
 * @kernel mm/slub.c calculate_order 5.9
 */
export function calculate_order(size: number, nr_cpu_ids: number): SlabShape {
  const fit = (order: number) => Math.floor((PAGE_SIZE << order) / size);
  const minOrder = Math.max(0, Math.ceil(Math.log2(size / PAGE_SIZE)));
  const shape = (order: number): SlabShape => ({
    order,
    objects: fit(order),
    minOrder,
    minObjects: fit(minOrder),
  });
  const most = fit(slub_max_order);
  let wanted = Math.min(4 * (32 - Math.clz32(nr_cpu_ids) + 1), most);
  while (wanted > 1) {
    for (const fraction of [16, 8, 4]) {
      for (let order = minOrder; order <= slub_max_order; order++) {
        if (fit(order) < wanted) continue;
        const waste = (PAGE_SIZE << order) % size;
        if (waste <= (PAGE_SIZE << order) / fraction) return shape(order);
      }
    }
    wanted--;
  }
  return shape(minOrder);
}

/** Objects that a CPU's partial list may hold, for sizes from a page, 1024 and 256 bytes on and for smaller ones. */
const CPU_PARTIAL = { objects: [2, 6, 13, 30], slabs: [6, 24, 52, 120] } as const;

/**
 * What a CPU's partial list may hold: so many objects, or from 5.16 on as many slabs as hold the objects half full.
 *
 * @param size Object size in bytes.
 * @param objects Objects of a slab.
 * @kernel mm/slub.c set_cpu_partial 5.9, slub_set_cpu_partial 5.16
 */
export function cpu_partial(size: number, objects: number, inSlabs: boolean): number {
  const wanted = CPU_PARTIAL[inSlabs ? "slabs" : "objects"];
  const many = size >= PAGE_SIZE ? wanted[0] : size >= 1024 ? wanted[1] : size >= 256 ? wanted[2] : wanted[3];
  return inSlabs ? Math.ceil(2 * many / objects) : many;
}

/**
 * Empty slabs that a node's partial list keeps, by object size.
 *
 * @kernel mm/slub.c set_min_partial 5.9
 */
export function min_partial(size: number): number {
  return Math.min(10, Math.max(5, (31 - Math.clz32(size)) >> 1));
}

/** Fields of a slab; `slabLink` below holds its list links. */
const slabFields = {
  /** First page frame. */
  pfn: "i32",
  /** First free object + 1 of the slab's own list. */
  freelist: "i32",
  /** Objects handed out, or on the free list of the CPU that has the slab. */
  inuse: "i32",
  /** Objects in all. */
  objects: "i32",
  /** Next slab + 1 of a CPU's partial list, of the discard list, or of the unused slabs. */
  next: "i32",
  /** Objects, or by version slabs, on the CPU's partial list from this slab on, as its head knows. */
  pobjects: "i32",
  /** Order of its block of pages. */
  order: "u8",
  /** Cache. */
  cache: "u8",
  /** 1 while a CPU has it. */
  frozen: "u8",
  /** 1 while it is on a node's partial list. */
  partial: "u8",
} as const;

/** Fields of kmem_cache_cpu: entry `cache * nrCpus + cpu`. */
const slabCpuFields = {
  /** Active slab + 1. */
  page: "i32",
  /** First free object + 1 of the active slab. */
  freelist: "i32",
  /** First slab + 1 of the partial list. */
  partial: "i32",
} as const;

/** Fields of kmem_cache. */
const cacheFields = {
  /** First unused slab + 1. */
  unused: "i32",
  /** Slabs that have pages now. */
  slabs: "i32",
  /** Most slabs that had pages at a time. */
  slabsPeak: "i32",
} as const;

/** Fields of kmem_cache_node: entry `cache * nodes + node`. */
const slabNodeFields = {
  /** Slabs on the partial list. */
  nr_partial: "i32",
} as const;

/** Fields of an object. */
const objectFields = {
  /** When it was given to kvfree_rcu, in ns. */
  queuedNs: "f64",
  /** Next object + 1 of a free list, a block of records, or an rcu_head list. */
  next: "i32",
  /** 1 while debug objects know it as queued. */
  rcuQueued: "u8",
  /** Slab it lies in; for a vmalloc area the first page of its chain. */
  slab: "i32",
} as const;

/** Fields of a sheaf: sheaf s lies in object s of the cache that sheaves are allocated from. */
const sheafFields = {
  /** Object + 1 that was put last, chained through `object.next`. */
  objects: "i32",
  /** Objects. */
  size: "i32",
  /** Next sheaf + 1 of its barn's list. */
  next: "i32",
  /** Node whose barn may keep it after its grace period. */
  node: "u8",
} as const;

/** Fields of slub_percpu_sheaves: entry `cache * nrCpus + cpu`, sheaf + 1 or 0 for none. */
const pcsFields = {
  /** Objects are allocated from and freed to it. */
  main: "i32",
  /** A second one, to swap with the main one. */
  spare: "i32",
  /** Objects that will wait for a grace period once it is full. */
  rcu_free: "i32",
} as const;

/** Fields of node_barn: entry `cache * nodes + node`. */
const barnFields = {
  /** First full sheaf + 1. */
  full: "i32",
  /** First empty sheaf + 1. */
  empty: "i32",
  /** Full sheaves. */
  nr_full: "i32",
  /** Empty sheaves. */
  nr_empty: "i32",
} as const;

/** List links of slabs on node partial lists; the heads follow the slabs. */
const slabLinkFields = { next: "i32", prev: "i32" } as const;

/** How large the slab layer is. */
export interface SlabCounts {
  /** Caches. */
  readonly caches: readonly CacheGeometry[];
  /** Most vmalloc areas at a time. */
  readonly vmallocMax: number;
  /** The last cache is the one that sheaves are allocated from, and the others have sheaves. */
  readonly sheaves: boolean;
}

/** Where a cache's slabs and objects begin, and its shape. */
export interface CacheLayout extends SlabShape {
  /** Object size in bytes. */
  readonly size: number;
  /** First slab. */
  readonly firstSlab: number;
  /** First object; the objects of slab s of this cache start at firstObject + (s - firstSlab) * objects. */
  readonly firstObject: number;
  /** Most slabs. */
  readonly slabsMax: number;
  /** Objects, or by version slabs, of a CPU's partial list. */
  readonly cpuPartial: number;
  /** Slabs a node keeps. */
  readonly minPartial: number;
}

/** Lays the caches' slabs and objects out one after the other; where they lie is the same for every version. */
export function layOutCaches(
  counts: Pick<SlabCounts, "caches">,
  nrCpus: number,
  partialInSlabs = false,
): CacheLayout[] {
  let firstSlab = 0;
  let firstObject = 0;
  return counts.caches.map(({ size, slabsMax }) => {
    const shape = calculate_order(size, nrCpus);
    const cache = {
      ...shape,
      size,
      firstSlab,
      firstObject,
      slabsMax,
      cpuPartial: cpu_partial(size, shape.objects, partialInSlabs),
      minPartial: min_partial(size),
    };
    firstSlab += slabsMax;
    firstObject += slabsMax * shape.objects;
    return cache;
  });
}

/** Fields of the vmalloc areas' pool. */
const vmallocFields = {
  /** First unused area + 1, chained through `object.next`. */
  unused: "i32",
} as const;

/** Structs of the slab layer. */
export type SlabPlan = {
  readonly sheaf: StructPlan<typeof sheafFields>;
  readonly pcs: StructPlan<typeof pcsFields>;
  readonly barn: StructPlan<typeof barnFields>;
  readonly cache: StructPlan<typeof cacheFields>;
  readonly slab: StructPlan<typeof slabFields>;
  readonly slabLink: StructPlan<typeof slabLinkFields>;
  readonly slabCpu: StructPlan<typeof slabCpuFields>;
  readonly slabNode: StructPlan<typeof slabNodeFields>;
  readonly object: StructPlan<typeof objectFields>;
  readonly vmalloc: StructPlan<typeof vmallocFields>;
};

/** Plan of the slab layer's structs. */
export function slabStructs(counts: SlabCounts, nrCpus: number, nodes: number): SlabPlan {
  const caches = layOutCaches(counts, nrCpus);
  const slabs = caches.reduce((sum, c) => sum + c.slabsMax, 0);
  const objects = caches.reduce((sum, c) => sum + c.slabsMax * c.objects, 0);
  const sheafCache = counts.sheaves ? caches.at(-1)! : { slabsMax: 0, objects: 0 };
  const withSheaves = counts.sheaves ? caches.length - 1 : 0;
  return {
    sheaf: struct(sheafCache.slabsMax * sheafCache.objects, sheafFields),
    pcs: struct(withSheaves * nrCpus, pcsFields),
    barn: struct(withSheaves * nodes, barnFields),
    cache: struct(caches.length, cacheFields),
    slab: struct(slabs, slabFields),
    slabLink: struct(slabs + caches.length * nodes, slabLinkFields),
    slabCpu: struct(caches.length * nrCpus, slabCpuFields),
    slabNode: struct(caches.length * nodes, slabNodeFields),
    object: struct(objects + counts.vmallocMax, objectFields),
    vmalloc: struct(1, vmallocFields),
  };
}

/** A machine as the slab layer sees it. */
export interface Slabs extends Mm, Views<SlabPlan> {
  /** The caches. */
  readonly caches: readonly CacheLayout[];
  /** First vmalloc area among the objects. */
  readonly firstVmalloc: number;
  /** First list_lock: cache * nodes + node follow. */
  readonly listLock: number;
  /** First lock of a barn: cache * nodes + node follow. */
  readonly barnLock: number;
  /** Cache that sheaves are allocated from: those before it have sheaves. -1 when none has. */
  readonly sheafCache: number;
}

/**
 * Whether an object is a vmalloc area.
 *
 * @kernel include/linux/mm.h is_vmalloc_addr 5.9
 */
export function is_vmalloc_addr(m: Slabs, object: number): boolean {
  return object >= m.firstVmalloc;
}

/** Number of the cache of an object that is not a vmalloc area. */
export function cacheOf(m: Slabs, object: number): number {
  return m.slab.cache[m.object.slab[object]!]!;
}
