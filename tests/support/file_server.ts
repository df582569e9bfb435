/**
 * A file server for one folder on the loopback, as any web server would publish the checkout.
 *
 * @module
 */

/** A running server. */
export interface FileServer extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
}

/**
 * The real path of a file under a folder.
 *
 * @param root Real path of the folder.
 * @param pathname Path of the request, still percent-encoded.
 * @returns Undefined when there is no such file, or when it is outside the folder, be it by dots or by a link.
 */
export async function fileUnder(root: string, pathname: string): Promise<string | undefined> {
  try {
    const path = await Deno.realPath(`${root}/${decodeURIComponent(pathname)}`);
    const isUnder = path.startsWith(`${root}/`) || path.startsWith(`${root}\\`);
    return isUnder && (await Deno.stat(path)).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError || error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    if (error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.FilesystemLoop) {
      return undefined;
    }
    throw error;
  }
}

/** Serves the files under a folder, and nothing else, on a free port of 127.0.0.1 until it is disposed. */
export async function serveFolder(folder: URL): Promise<FileServer> {
  const root = await Deno.realPath(folder);
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    const path = request.method === "GET" ? await fileUnder(root, pathname) : undefined;
    if (path === undefined) return new Response("Not found\n", { status: 404 });
    const headers = { "content-type": path.endsWith(".ts") ? "application/typescript" : "text/plain" };
    return new Response(await Deno.readFile(path), { headers });
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
