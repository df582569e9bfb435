/**
 * Where Redis is, from the environment: a password on a command line can be seen by everybody on the machine.
 */

/** Name of the queue. */
export const QUEUE = "pcplab";

/** What the library is told about Redis. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string; readonly servername: string };
  /** null: a command waits for Redis to come back however long that takes. */
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (attempt: number) => number;
}

/** Milliseconds between two attempts to connect, at most. */
const RETRY_MS_MAX = 1000;

/**
 * Reads REDIS_URL (redis://host:port, or rediss:// for TLS), REDIS_USERNAME, REDIS_PASSWORD and REDIS_CA (a file with
 * the certificate authority, when it is not a public one).
 *
 * @throws RangeError when the URL is none of Redis, or would carry a password unencrypted to another host.
 */
export function connectionFrom(
  env: (name: string) => string | undefined,
  read: (path: string) => string,
): Connection {
  const given = env("REDIS_URL") ?? "redis://127.0.0.1:6379";
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") {
    throw new RangeError("Cannot use REDIS_URL: expected redis://HOST:PORT or rediss://HOST:PORT");
  }
  const password = env("REDIS_PASSWORD") ?? (decodeURIComponent(url.password) || undefined);
  const username = env("REDIS_USERNAME") ?? (decodeURIComponent(url.username) || undefined);
  const secure = url.protocol === "rediss:";
  if (!secure && password !== undefined && !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
    throw new RangeError("Cannot use REDIS_URL: expected rediss:// (TLS) for a password to another host");
  }
  const ca = env("REDIS_CA");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(secure ? { tls: { servername: url.hostname, ...(ca === undefined ? {} : { ca: read(ca) }) } } : {}),
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * attempt, RETRY_MS_MAX),
  };
}

/** The connection of this program. */
export function connectionHere(): Connection {
  return connectionFrom((name) => Deno.env.get(name), (path) => Deno.readTextFileSync(path));
}
