/**
 * Lays structs out as named views over one piece of memory, so that model code says `pcp.count[i]` and no offset
 * arithmetic exists elsewhere. Because the whole state of a machine is that one piece, saving, restoring,
 * comparing and hashing a world are operations on bytes.
 */
import { Memory } from "./memory.ts";

/** Element types a field may have. The largest come first, so every view is aligned. */
const VIEWS = {
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

/** Name of an element type: sign, then width in bits. */
export type FieldKind = keyof typeof VIEWS;

/** A field: its element type, or the element type and how many of it each instance has. */
export type Field = FieldKind | readonly [FieldKind, number];

/** Field list of a struct: the names are the documentation. */
export type Fields = Readonly<Record<string, Field>>;

/** A planned struct: how many instances, and its fields. */
export interface StructPlan<F extends Fields = Fields> {
  /** Number of instances. */
  readonly count: number;
  /** Fields of one instance. */
  readonly fields: F;
}

type KindOf<F extends Field> = F extends readonly [infer K, number] ? K : F;

/** Views of a struct: field name to typed array, instance `i` of an n-element field starting at `i * n`. */
export type StructViews<F extends Fields> = {
  readonly [N in keyof F]: KindOf<F[N]> extends FieldKind ? InstanceType<(typeof VIEWS)[KindOf<F[N]>]>
    : never;
};

/** A whole plan: struct name to struct. */
export type Plan = Readonly<Record<string, StructPlan>>;

/** Views of a whole plan. */
export type Views<P extends Plan> = { readonly [S in keyof P]: StructViews<P[S]["fields"]> };

/** Plans a struct of `count` instances. */
export function struct<const F extends Fields>(count: number, fields: F): StructPlan<F> {
  return { count, fields };
}

/** Where a field lies in the world; used by checkers of footprints and by state dumps. */
export interface FieldPlace {
  /** Struct the field belongs to. */
  readonly struct: string;
  /** Field name. */
  readonly field: string;
  /** First byte. */
  readonly offset: number;
  /** Length in bytes. */
  readonly byteLength: number;
}

/** A laid-out world: its byte view and the typed views of each struct. */
export interface Laid<P extends Plan> {
  /** All state as bytes: `saved.set(bytes)` is a snapshot. */
  readonly bytes: Uint8Array;
  /** Views by struct and field. */
  readonly views: Views<P>;
  /** Places of all fields, in their order in the world. */
  readonly places: readonly FieldPlace[];
}

/** Largest world: a machine of 1 TiB and its load. */
const WORLD_BYTES_MAX = 2 ** 33;

/**
 * Lays a plan out on zeroed memory, widest element types first so that no padding is needed.
 *
 * @param memory Where to take it from. @default memory of its own
 * @throws RangeError when a count is not a non-negative integer.
 */
export function layOut<P extends Plan>(plan: P, memory: Memory = new Memory()): Laid<P> {
  const fields = Object.entries(plan).flatMap(([struct, { count, fields }]) => {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`Cannot lay out struct "${struct}": count must be a whole number, got ${count}`);
    }
    return Object.entries(fields).map(([field, f]) => {
      const [kind, each] = typeof f === "string" ? [f, 1] : f;
      return { struct, field, kind, length: count * each };
    });
  });
  const width = (kind: FieldKind) => VIEWS[kind].BYTES_PER_ELEMENT;
  fields.sort((a, b) => width(b.kind) - width(a.kind)); // stable: equal widths keep their declared order
  const size = fields.reduce((sum, f) => sum + f.length * width(f.kind), 0);
  if (!(size <= WORLD_BYTES_MAX)) {
    throw new RangeError(
      `Cannot lay out a machine: expected at most ${WORLD_BYTES_MAX} bytes, got ${size}: take less memory or load`,
    );
  }
  const { buffer, offset: start } = memory.take(size);
  const views: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(plan)) views[name] = {};
  const places: FieldPlace[] = [];
  let offset = 0;
  for (const { struct, field, kind, length } of fields) {
    const byteLength = length * width(kind);
    // V8 turns an object that gets its 17th property by a computed name into a hash table, and every load of a view
    // then is a look-up (measured: a hot pair of pages three times slower); a defined property keeps the hidden class
    const value = new VIEWS[kind](buffer, start + offset, length);
    Object.defineProperty(views[struct]!, field, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    places.push({ struct, field, offset, byteLength });
    offset += byteLength;
  }
  return { bytes: new Uint8Array(buffer, start, size), views: views as Views<P>, places };
}
