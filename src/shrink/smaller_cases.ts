/**
 * Cases that are a little smaller than a given one: without a CPU, a thread, a device or a zone, with less memory, with
 * options at their defaults.
 */
import type { Geometry } from "../mm/mm.ts";
import { defaultRunOptions, PCP_ZONE_PAGES, type RunOptions } from "../run/options.ts";

/** Pages below which a zone is not made smaller. */
const ZONE_MIN_PAGES = 1024;
/** Pages of a zone of a small machine: enough of them are managed for a pcp size that is given to count. */
const SMALL_ZONE_PAGES = PCP_ZONE_PAGES + PCP_ZONE_PAGES / 16;
/** Options that matter little by themselves: a case is simpler with them at their defaults. */
const PLAIN = [
  "pressure",
  "swapPages",
  "pollUs",
  "traced",
  "slowdown",
  "hostCores",
  "stolen",
  "rcuBoot",
  "pageOwner",
  "costEnd",
] as const;

/** The case without the CPU, its threads and its device; null when it is the last one. */
function withoutCpu(options: RunOptions, cpu: number): RunOptions | null {
  const { geometry, programs } = options;
  const cpus = geometry.cpuNodes.length;
  const cpuNodes = geometry.cpuNodes.filter((_, c) => c !== cpu);
  if (cpuNodes.length === 0) return null;
  const nodes = new Set(geometry.zones.map((z) => z.nid));
  if (Math.max(...nodes) + 1 > cpuNodes.length) return null; // a node needs a CPU for its kswapd
  const initialPcp = options.initialPcp.filter((p) => p.cpu !== cpu).map((p) =>
    p.cpu < cpu ? p : { ...p, cpu: p.cpu - 1 }
  );
  const fewer = { ...options, geometry: { ...geometry, cpuNodes }, initialPcp };
  if (programs === null) return { ...fewer, threads: Math.min(options.threads, cpuNodes.length) };
  const threads = programs.threads.filter((_, i) => i % cpus !== cpu);
  if (threads.length === 0) return null;
  const devices = programs.devices.filter((_, c) => c !== cpu);
  return { ...fewer, threads: threads.length, programs: { threads, devices } };
}

/** The case with one CPU, with two, and so on up to all that it has. */
export function fewerCpus(options: RunOptions): RunOptions[] {
  const cases = [options];
  for (let smaller: RunOptions | null = options; smaller !== null;) {
    smaller = withoutCpu(smaller, smaller.geometry.cpuNodes.length - 1);
    if (smaller !== null) cases.unshift(smaller);
  }
  return cases;
}

/** Cases with a CPU, thread or device less. */
export function fewerProcessors(options: RunOptions): RunOptions[] {
  const cases = options.geometry.cpuNodes.map((_, c) =>
    withoutCpu(options, options.geometry.cpuNodes.length - 1 - c)
  );
  const { programs } = options;
  if (programs !== null) {
    programs.devices.forEach((program, c) => {
      if (program === null) return;
      const devices = programs.devices.with(c, null);
      cases.push({ ...options, programs: { ...programs, devices } });
    });
    // the threads of a load stay on their CPUs only as long as none before them goes: the last goes first
    if (options.threads > 1) {
      const threads = programs.threads.slice(0, -1);
      cases.push({ ...options, threads: options.threads - 1, programs: { ...programs, threads } });
    }
  }
  return cases.filter((smaller) => smaller !== null);
}

/** The case on a small machine: the same zones, of a few thousand pages. */
export function onSmallMachine(options: RunOptions): RunOptions {
  const { geometry } = options;
  const zones = geometry.zones.map((z) => {
    const spanned = Math.min(z.spanned, SMALL_ZONE_PAGES);
    const share = spanned / z.spanned;
    const free = z.free === null ? null : Math.floor(z.free * share);
    const cma = z.cmaPages === undefined ? {} : { cmaPages: Math.floor(z.cmaPages * share) };
    return { ...z, spanned, managed: Math.floor(z.managed * share), free, watermarks: null, ...cma };
  });
  return { ...options, geometry: { ...geometry, zones }, initialPcp: [] };
}

/** The case with every option that matters little by itself at its default. */
export function plainest(options: RunOptions): RunOptions {
  const defaults = defaultRunOptions(options.geometry);
  return { ...options, ...Object.fromEntries(PLAIN.map((key) => [key, defaults[key]])) };
}

/** Cases with fewer pages. */
export function fewerPages(options: RunOptions): RunOptions[] {
  const { geometry } = options;
  const withZones = (zones: Geometry["zones"]): RunOptions => ({
    ...options,
    geometry: { ...geometry, zones },
    initialPcp: [],
  });
  const lastNode = (nid: number) => geometry.zones.filter((z) => z.nid === nid).length === 1;
  const cases = geometry.zones
    .filter((z) => !lastNode(z.nid))
    .map((gone) => withZones(geometry.zones.filter((z) => z !== gone)));
  geometry.zones.forEach((z, i) => {
    const spanned = Math.floor(z.spanned / 2);
    if (spanned < ZONE_MIN_PAGES) return;
    const managed = Math.min(spanned, Math.floor(z.managed / 2));
    const free = z.free === null ? null : Math.floor(z.free / 2);
    const cma = z.cmaPages === undefined ? {} : { cmaPages: Math.floor(z.cmaPages / 2) };
    const half = { ...z, spanned, managed, free, watermarks: null, ...cma };
    cases.push(withZones(geometry.zones.with(i, half)));
  });
  if (options.initialPcp.length > 0) cases.push({ ...options, initialPcp: [] });
  return cases;
}

/** Cases with simpler options. */
export function plainer(options: RunOptions): RunOptions[] {
  const defaults = defaultRunOptions(options.geometry);
  const cases: RunOptions[] = PLAIN
    .filter((key) => JSON.stringify(options[key]) !== JSON.stringify(defaults[key]))
    .map((key) => ({ ...options, [key]: defaults[key] }));
  options.bugs.forEach((bug) =>
    cases.push({ ...options, bugs: options.bugs.filter((other) => other !== bug) })
  );
  if (options.cachedBlocks !== 0) cases.push({ ...options, cachedBlocks: 0 });
  for (const blockEntries of [1, 2, 4]) {
    if (options.blockEntries === null || options.blockEntries > blockEntries) {
      cases.push({ ...options, blockEntries });
    }
  }
  return cases;
}

/** Cases of a kfree load with fewer objects. */
export function fewerObjects(options: RunOptions): RunOptions[] {
  const cases: RunOptions[] = [];
  for (const key of ["kfree_alloc_num", "kfree_loops", "threads"] as const) {
    const half = Math.ceil(options[key] / 2);
    if (half < options[key]) cases.push({ ...options, [key]: half }, { ...options, [key]: options[key] - 1 });
  }
  return cases;
}
