/** Whether files that describe a machine are of the same one: half a file of another would go unnoticed. */
import { ImportError, type PcplistsRow, type Zoneinfo } from "../../mod.ts";

function refuse(subject: string, file: string, what: string, got: string): never {
  throw new ImportError({
    subject,
    file,
    line: 1,
    field: "the file",
    expected: `about the ${what} of zoneinfo`,
    got: `${got}; is it of another machine?`,
  });
}

/**
 * Checks that a file is about zones that zoneinfo has.
 *
 * @throws ImportError when it has others.
 */
export function checkZones(
  zoneinfo: Zoneinfo,
  zones: readonly { readonly nid: number; readonly name: string; readonly startPfn?: number }[],
  file: string,
  subject: string,
): void {
  const known = zoneinfo.nodes.flatMap((node) => node.zones);
  const other = zones.find(({ nid, name, startPfn }) =>
    !known.some((z) => z.nid === nid && z.name === name && (startPfn ?? z.startPfn) === z.startPfn)
  );
  if (other !== undefined) refuse(subject, file, "zones", `node ${other.nid}, zone ${other.name}`);
}

/**
 * Checks that lists are those of the zones and CPUs that zoneinfo has. A CPU that is offline has none.
 *
 * @throws ImportError when they are of others.
 */
export function checkLists(zoneinfo: Zoneinfo, rows: readonly PcplistsRow[], file: string): void {
  const zones = rows.map(({ nid, zone, startPfn }) => ({ nid, name: zone, startPfn }));
  checkZones(zoneinfo, zones, file, "pcplists");
  const other = rows.find(({ cpu, count }) => count > 0 && !zoneinfo.onlineCpus.includes(cpu));
  if (other !== undefined) refuse("pcplists", file, "CPUs", `pages of CPU ${other.cpu}`);
}
