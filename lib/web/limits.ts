/** Bytes of events that may wait for one reader before he is given up. */
export const MAX_WAITING_EVENT_BYTES: number = 4 * 1024 * 1024;

/** How often a stream of events says something, whatever happens: fronts and proxies end silent ones. */
export const EVENT_KEEP_ALIVE_MS = 10_000;

/** When a browser that lost a stream of events asks for another one, in milliseconds. */
export const EVENT_RETRY_MS = 2_000;

/** Characters of a `Host` by which a page is asked for: a name of the DNS has no more (RFC 1035, 2.3.4). */
export const MAX_HOST_LENGTH = 255;
