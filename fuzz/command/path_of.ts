/**
 * Paths of files of the checkout, as the operating system writes them. A URL's own path is not one: `%20` stands for a
 * space in it, and on Windows a slash before the drive.
 */

/** The path of a file that is named from a module: `pathOf("./machine/zoneinfo", import.meta.url)`. */
export function pathOf(file: string, from: string, os: string = Deno.build.os): string {
  const path = decodeURIComponent(new URL(file, from).pathname);
  return os === "windows" ? path.slice(1) : path;
}
