/**
 * The file pcplists of the recordings: length of every pcp list by CPU and zone, as the instrumented kernel printed
 * it. It is a table of whole numbers whose first line names the columns.
 *
 * @module
 */
import { quote } from "./import_error.ts";
import { CPU_MAX, NID_MAX, PAGES_MAX, PCP_MAX, ProcText } from "./proc_text.ts";

/** The pcp lists of one zone on one CPU. */
export interface PcplistsRow {
  /** Node. */
  readonly nid: number;
  /** Zone name as printed, e.g. "DMA32". */
  readonly zone: string;
  /** First page frame number of the zone. */
  readonly startPfn: number;
  /** Pages from the first to the last, holes included. */
  readonly spanned: number;
  /** CPU. */
  readonly cpu: number;
  /** Pages on all three lists; always the sum of the three. */
  readonly count: number;
  /** Pages above which a batch is drained; 0 means that each freed page is drained at once. */
  readonly high: number;
  /** Pages moved at a time. */
  readonly batch: number;
  /** Pages on the list of unmovable pages. */
  readonly unmovable: number;
  /** Pages on the list of movable pages. */
  readonly movable: number;
  /** Pages on the list of reclaimable pages. */
  readonly reclaimable: number;
}

const HEADER = "nid zone start_pfn spanned cpu count high batch unmovable movable reclaimable";

/**
 * Reads a pcplists file.
 *
 * @param file Name of the file, for messages.
 * @throws {ImportError} When the columns are others, lists do not add up to their count, or a row comes twice.
 */
export function parsePcplists(text: string, file = "pcplists"): readonly PcplistsRow[] {
  const proc: ProcText = new ProcText("pcplists", text, file);
  const header = proc.next()!;
  if (header !== HEADER) proc.fail("the line", `the columns ${quote(HEADER)}`, quote(header));
  const rows: PcplistsRow[] = [];
  const seen = new Set<string>();
  for (let line = proc.next(); line !== undefined; line = proc.next()) {
    const row = readRow(proc, line);
    const place = `node ${row.nid} zone ${row.zone} cpu ${row.cpu}`;
    if (seen.has(place)) proc.fail(place, "printed once", "it a second time");
    seen.add(place);
    rows.push(row);
  }
  if (rows.length === 0) proc.fail("the file", "a header and rows", "only a header");
  return rows;
}

function readRow(proc: ProcText, line: string): PcplistsRow {
  const fields = line.split(/\s+/);
  const columns = HEADER.split(" ");
  if (fields.length !== columns.length) proc.fail("the line", `${columns.length} fields`, quote(line));
  const field = (column: string, max: number) => proc.whole(column, fields[columns.indexOf(column)], max);
  const row = {
    nid: field("nid", NID_MAX),
    zone: fields[columns.indexOf("zone")]!,
    startPfn: field("start_pfn", PAGES_MAX),
    spanned: field("spanned", PAGES_MAX),
    cpu: field("cpu", CPU_MAX),
    count: field("count", PCP_MAX),
    high: field("high", PCP_MAX),
    batch: field("batch", PCP_MAX),
    unmovable: field("unmovable", PCP_MAX),
    movable: field("movable", PCP_MAX),
    reclaimable: field("reclaimable", PCP_MAX),
  };
  const sum = row.unmovable + row.movable + row.reclaimable;
  if (sum !== row.count) proc.fail("count", `the sum of the lists (${sum})`, `${row.count}`);
  return row;
}
