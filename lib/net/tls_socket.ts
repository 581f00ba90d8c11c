import { systemClock } from "./clock.ts";
import type { StreamSocket } from "./socket_connection.ts";
import { namedTlsError } from "./tls_error.ts";
import type { Terminal, TlsSide } from "./tls_terminator.ts";

/** Time for the other side to take what was sent to it before we closed, in milliseconds. */
const LINGER_MS = 1_000;

/** Bytes read at once while little comes, and while much comes. */
const READ_SIZE = { min: 4 * 1024, max: 64 * 1024 } as const;

/**
 * Our end of a TLS connection over a plain socket. It begins to agree with the other side by itself; what
 * is read and written waits for that. Where the other side begins: no byte of it, no TLS. Who is silent
 * then costs one socket, until it is closed.
 */
export class TlsSocket implements StreamSocket {
  /** Resolves when it was closed and nothing of it runs any more. */
  readonly ended: Promise<void>;
  /** Our end. */
  readonly localAddr: Deno.NetAddr;
  /** The other end. */
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: Deno.TcpConn;
  /** The readable end, once both have agreed; nothing if the other side ended before. */
  readonly #agreed: Promise<Deno.TlsConn | undefined>;
  readonly #carried = Promise.withResolvers<void>();
  #terminal: Terminal | undefined;
  #phase: "agreeing" | "agreed" | "failed" = "agreeing";
  /** Whether it is open for who uses it. */
  #state: "open" | "closed" = "open";
  /** Whether the sockets are open that carry its bytes. */
  #carriage: "open" | "closed" = "open";
  /** Whether more may come from our side. */
  #outwards: "open" | "ended" = "open";
  #linger: Disposable | undefined;

  /** Takes over a socket, for which TLS is spoken at the ends that a side makes. */
  constructor(socket: Deno.TcpConn, side: TlsSide) {
    socket.setNoDelay(true);
    this.#socket = socket;
    this.localAddr = socket.localAddr;
    this.remoteAddr = socket.remoteAddr;
    this.#agreed = this.#agree(side);
    const over = this.#agreed.then(() => undefined, () => undefined);
    this.ended = Promise.all([over, this.#carried.promise]).then(() => undefined);
  }

  /** Whether it is closed for who uses it. */
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /**
   * Waits until both have agreed.
   *
   * @throws {Error} if they do not
   */
  async agreed(): Promise<void> {
    if (await this.#agreed === undefined) throw new Deno.errors.UnexpectedEof("handshake eof");
  }

  /**
   * Reads some bytes; nothing at the end.
   *
   * @throws {TlsError} if the other side does not speak TLS as it should
   */
  async read(target: Uint8Array): Promise<number | null> {
    try {
      return await (await this.#agreed)?.read(target) ?? null;
    } catch (error) {
      throw namedTlsError(error);
    }
  }

  /** Writes some bytes. */
  async write(bytes: Uint8Array): Promise<number> {
    const tls = await this.#agreed;
    if (tls === undefined) throw new Deno.errors.BrokenPipe("Cannot write: the other side is gone");
    return await tls.write(bytes);
  }

  /** Ends our direction. */
  async closeWrite(): Promise<void> {
    await (await this.#agreed)?.closeWrite();
  }

  /** Closes it; what was written is still sent, but not waited for long. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#terminal?.tls.close();
    if (this.#phase === "agreeing" || this.#outwards === "ended") this.#abandon();
    else if (this.#carriage === "open") {
      this.#linger = systemClock.setTimer(() => this.#abandon(), LINGER_MS);
    }
  }

  async #agree(side: TlsSide): Promise<Deno.TlsConn | undefined> {
    try {
      const first = new Uint8Array(READ_SIZE.min);
      const count = side.begins === "we" ? 0 : await this.#socket.read(first);
      const terminal = count === null ? undefined : await side.open();
      if (terminal === undefined || this.#carriage === "closed") {
        terminal?.coded.close();
        terminal?.tls.close();
        this.#endUnused();
        return undefined;
      }
      this.#terminal = terminal;
      void this.#carry(terminal, first.subarray(0, count ?? 0));
      await terminal.tls.handshake();
      this.#phase = "agreed";
      return terminal.tls;
    } catch (error) {
      this.#phase = "failed";
      if (this.#terminal === undefined) this.#endUnused();
      // Who hangs up before both have agreed has said nothing.
      if (error instanceof Deno.errors.UnexpectedEof) return undefined;
      throw error;
    }
  }

  /** Carries bytes in both directions until both have ended, or one fails. */
  async #carry({ coded }: Terminal, first: Uint8Array): Promise<void> {
    const inwards = writeAll(coded, first).then(() => pump(this.#socket, coded));
    const outwards = pump(coded, this.#socket).then(() => {
      this.#outwards = "ended";
      // The system sends what it has, and nobody reads any more.
      if (this.#state === "closed") this.#abandon();
    });
    await Promise.all([inwards, outwards]).catch(() => undefined);
    this.#abandon();
    await Promise.allSettled([inwards, outwards]);
    this.#carried.resolve();
  }

  /** Nothing is carried, and nothing will be. */
  #endUnused(): void {
    this.#outwards = "ended";
    this.#abandon();
    this.#carried.resolve();
  }

  #abandon(): void {
    if (this.#carriage === "closed") return;
    this.#carriage = "closed";
    this.#linger?.[Symbol.dispose]();
    this.#socket.close();
    this.#terminal?.coded.close();
  }
}

/** Carries bytes until there are no more, and tells so to whom they go. */
async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  let buffer = new Uint8Array(READ_SIZE.min);
  while (true) {
    const count = await from.read(buffer);
    if (count === null) break;
    await writeAll(to, buffer.subarray(0, count));
    const size = count === buffer.length
      ? Math.min(buffer.length * 4, READ_SIZE.max)
      : count < buffer.length / 8
      ? READ_SIZE.min
      : buffer.length;
    if (size !== buffer.length) buffer = new Uint8Array(size);
  }
  await to.closeWrite();
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
