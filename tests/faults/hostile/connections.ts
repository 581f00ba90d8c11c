import { type PeerAddress, setRepeating, systemClock } from "../../../lib/net/mod.ts";

/** Many raw TCP connections of one sort to one place. All are closed when it is disposed of. */
export class Connections implements AsyncDisposable {
  /** How many the other side has closed. */
  closed = 0;
  /** When the other side closed the last one of them, in milliseconds after they were opened. */
  lastClosedMs = 0;
  readonly #conns: Deno.TcpConn[];
  readonly #reading: Promise<void>[];
  readonly #timers: Disposable[] = [];
  readonly #startMs = performance.now();

  private constructor(conns: Deno.TcpConn[]) {
    this.#conns = conns;
    this.#reading = conns.map((conn) => this.#follow(conn));
  }

  /** Opens them, fifty at a time, and sends the same first bytes on each. */
  static async open(
    count: number,
    { host: hostname, port }: PeerAddress,
    first: Uint8Array = new Uint8Array(),
  ): Promise<Connections> {
    const conns: Deno.TcpConn[] = [];
    while (conns.length < count) {
      const batch = Math.min(50, count - conns.length);
      const opened = await Promise.all(
        Array.from({ length: batch }, () => Deno.connect({ hostname, port })),
      );
      conns.push(...opened);
      for (const conn of opened) await write(conn, first);
    }
    return new Connections(conns);
  }

  /** Sends one byte of a text after the other, over and over, on each; one every so often. */
  drip(bytes: Uint8Array, everyMs: number): void {
    let at = 0;
    const dripOnce = (): void => {
      const byte = bytes.subarray(at % bytes.length, at % bytes.length + 1);
      at++;
      for (const conn of this.#conns) void write(conn, byte);
    };
    this.#timers.push(setRepeating(systemClock, dripOnce, everyMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    for (const conn of this.#conns) conn.close();
    await Promise.all(this.#reading);
  }

  async #follow(conn: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      while (await conn.read(buffer) !== null);
    } catch {
      // A reset is an end, too; and so is that we closed it, when nobody counts any more.
    }
    this.closed++;
    this.lastClosedMs = performance.now() - this.#startMs;
  }
}

/** Writes what may be refused: the other side may have closed the connection. */
async function write(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    if (bytes.length > 0) await conn.write(bytes);
  } catch {
    // Then the reading ends, too.
  }
}
