import type { PeerAddress } from "../../lib/net/mod.ts";

/** Bytes that are read at once. */
const CHUNK_LENGTH = 16 * 1024;

/** What a relay does in place of passing bytes on, from a number of bytes of one direction on. */
export type LegFault = "stall" | "cut" | "break" | "half-close";

/** A fault of one direction, and the number of bytes that are passed on before it. */
export interface LegFaultPlan {
  readonly kind: LegFault;
  readonly after: number;
}

/** What happens to the bytes of one direction of a connection. */
export interface Leg {
  /** Bytes a second; as fast as it goes by default. */
  readonly bytesPerSecond?: number;
  /** Changes bytes in place; `at` is the number of bytes before them. */
  readonly damage?: (bytes: Uint8Array, at: number) => void;
  /** What happens when so many bytes were passed on. */
  readonly fault?: LegFaultPlan;
}

/** What happens to a connection: on the way to the target, and back. */
export interface RelayPlan {
  readonly there?: Leg;
  readonly back?: Leg;
}

/** Where a relay leads, and what it does to each connection. */
export interface RelayOptions {
  readonly target: PeerAddress | (() => PeerAddress);
  /** Where it listens; 127.0.0.1 by default. */
  readonly host?: string;
  /** What happens to the n-th connection, counted from 0; nothing by default. */
  readonly plan?: (nth: number) => RelayPlan;
  /** Is told of each planned fault when it happens. */
  readonly onFault?: (kind: LegFault) => void;
}

/** Flips one bit of the byte at an offset. */
export function flipAt(offset: number): NonNullable<Leg["damage"]> {
  return (bytes, at) => {
    const index = offset - at;
    const byte = bytes[index];
    if (byte !== undefined) bytes[index] = byte ^ 0x10;
  };
}

/**
 * Passes TCP connections on to a target and does to them what networks do: it slows them down,
 * stalls, cuts, breaks or half-closes them, and changes bytes.
 *
 * To cut is to close both sides; to break is to close them while bytes wait there that nobody reads:
 * the runtime ends the other direction first, and the system then resets the connection, so that it
 * is writing that fails there. For resets that come first there is the `Resetter`. Whatever is open
 * is closed when it is disposed of, which waits for all that runs.
 */
export class Relay implements AsyncDisposable {
  /** Where it listens. */
  readonly address: PeerAddress;
  /** Connections that were accepted. */
  accepted = 0;
  readonly #listener: Deno.TcpListener;
  readonly #options: RelayOptions;
  readonly #open = new Set<Passage>();
  readonly #running = new Set<Promise<void>>();
  #state: "open" | "closed" = "open";

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: options.host ?? "127.0.0.1", port: 0 });
    const { hostname: host, port } = this.#listener.addr;
    this.address = { host, port };
    this.#run(this.#accept());
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** Passes nothing on over the connections that are open now until {@linkcode resume}. */
  stall(): void {
    for (const passage of this.#open) passage.stall();
  }

  /** Ends every stall. */
  resume(): void {
    for (const passage of this.#open) passage.resume();
  }

  /** Ends all connections that are open. */
  end(kind: "cut" | "break"): void {
    for (const passage of this.#open) passage.fail(kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "closed";
    this.#listener.close();
    this.end("cut");
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    // Ends when the listener is closed.
    while (true) {
      const near = await this.#listener.accept().catch(() => undefined);
      if (near === undefined) return;
      const nth = this.accepted++;
      this.#run(this.#pass(near, this.#options.plan?.(nth) ?? {}));
    }
  }

  async #pass(near: Deno.TcpConn, plan: RelayPlan): Promise<void> {
    const { target } = this.#options;
    const { host: hostname, port } = typeof target === "function" ? target() : target;
    const far = await Deno.connect({ hostname, port }).catch(() => undefined);
    if (far === undefined) return near.close();
    const passage = new Passage(near, far, this.#options.onFault);
    // It was disposed of while this one was on its way to the target.
    if (this.#state === "closed") return passage.fail("cut");
    this.#open.add(passage);
    await passage.run(plan);
    this.#open.delete(passage);
  }

  #run(work: Promise<void>): void {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

/** One connection on its way through. */
class Passage {
  readonly #near: Deno.TcpConn;
  readonly #far: Deno.TcpConn;
  readonly #ended = Promise.withResolvers<"ended">();
  readonly #onFault: RelayOptions["onFault"];
  /** Is there while it stalls. */
  #gate: PromiseWithResolvers<void> | undefined;
  #state: "open" | "ended" = "open";

  constructor(near: Deno.TcpConn, far: Deno.TcpConn, onFault: RelayOptions["onFault"]) {
    this.#near = near;
    this.#far = far;
    this.#onFault = onFault;
  }

  /** Passes nothing on; whoever waits already waits for the same end of it. */
  stall(): void {
    this.#gate ??= Promise.withResolvers();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Closes both sides: at once, or when what they send has come and lies unread. */
  fail(kind: "cut" | "break"): void {
    if (this.#state === "ended") return;
    if (kind === "cut") return this.#close();
    this.stall();
    const timer = setTimeout(() => this.#close(), 50);
    void this.#ended.promise.then(() => clearTimeout(timer));
  }

  async run({ there = {}, back = {} }: RelayPlan): Promise<void> {
    await Promise.all([
      this.#carry(this.#near, this.#far, there),
      this.#carry(this.#far, this.#near, back),
    ]);
    this.#close();
  }

  async #carry(from: Deno.TcpConn, to: Deno.TcpConn, leg: Leg): Promise<void> {
    const { bytesPerSecond = Infinity, damage } = leg;
    let { fault } = leg;
    const buffer = new Uint8Array(CHUNK_LENGTH);
    let passed = 0;
    try {
      while (await this.#isPassable()) {
        const left = (fault?.after ?? Infinity) - passed;
        if (left <= 0 && fault !== undefined) {
          const { kind } = fault;
          fault = undefined;
          this.#onFault?.(kind);
          if (kind === "half-close") return await to.closeWrite();
          if (kind === "stall") this.stall();
          else this.fail(kind);
          continue;
        }
        const count = await from.read(buffer.subarray(0, Math.min(CHUNK_LENGTH, left)));
        if (count === null) return await to.closeWrite();
        const bytes = buffer.subarray(0, count);
        damage?.(bytes, passed);
        passed += count;
        if (!await this.#isPassable()) return;
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at));
        if (bytesPerSecond !== Infinity) await this.#wait(count * 1000 / bytesPerSecond);
      }
    } catch {
      // One side failed, and the other one is to hear of it.
      this.#close();
    }
  }

  /** Waits while it stalls; tells whether it goes on. */
  async #isPassable(): Promise<boolean> {
    await Promise.race([this.#gate?.promise, this.#ended.promise]);
    return this.#state === "open";
  }

  async #wait(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    await Promise.race([over.promise, this.#ended.promise]);
    clearTimeout(timer);
  }

  #close(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#ended.resolve("ended");
    this.#near.close();
    this.#far.close();
  }
}
