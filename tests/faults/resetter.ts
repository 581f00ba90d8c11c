import type { PeerAddress } from "../../lib/net/mod.ts";

/** What is needed of a socket of `node:net`; an import would ask for types of the registry. */
interface NodeSocket {
  on(event: "data", run: (bytes: Uint8Array) => void): void;
  on(event: "end" | "close" | "error", run: () => void): void;
  write(bytes: Uint8Array): boolean;
  resetAndDestroy(): void;
}

interface NodeServer {
  on(event: "close", run: () => void): void;
  listen(port: number, host: string, listening: () => void): void;
  address(): { readonly port: number };
  close(): void;
}

interface NodeNet {
  createServer(accept: (socket: NodeSocket) => void): NodeServer;
  createConnection(port: number, host: string): NodeSocket;
  Socket: { prototype: { resetAndDestroy?: unknown } };
}

const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeNet } };
const net = process?.getBuiltinModule?.("node:net");

/** Whether this runtime can send a reset; Deno 2.4 cannot. */
export const CAN_RESET: boolean = typeof net?.Socket.prototype.resetAndDestroy === "function";

/** What a {@linkcode Resetter} does. */
export interface ResetterOptions {
  readonly target: PeerAddress | (() => PeerAddress);
  /** How many bytes of the target are passed on before the n-th connection is reset, from 0. */
  readonly after: (nth: number) => number;
  /** Is told of each connection that was reset so. */
  readonly onReset?: () => void;
}

/**
 * Passes TCP connections on and resets both sides of them at once, which no socket of `Deno` does.
 * It knows nothing of half-closed connections.
 */
export class Resetter implements AsyncDisposable {
  /** Connections that were reset. */
  resets = 0;
  readonly #server: NodeServer;
  readonly #sockets = new Set<NodeSocket>();
  readonly #closed: Promise<void>;
  #accepted = 0;

  private constructor(options: ResetterOptions, { createServer, createConnection }: NodeNet) {
    this.#server = createServer((near) => {
      const { target } = options;
      const { host, port } = typeof target === "function" ? target() : target;
      const far = createConnection(port, host);
      let left = options.after(this.#accepted++);
      const end = (): void => {
        for (const socket of [near, far]) {
          if (this.#sockets.delete(socket)) socket.resetAndDestroy();
        }
      };
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        for (const event of ["end", "close", "error"] as const) socket.on(event, end);
      }
      near.on("data", (bytes) => void far.write(bytes));
      far.on("data", (bytes) => {
        const passed = bytes.subarray(0, Math.max(0, left));
        left -= bytes.length;
        if (passed.length > 0) near.write(passed);
        if (left > 0 || !this.#sockets.has(near)) return;
        this.resets++;
        options.onReset?.();
        end();
      });
    });
    const closed = Promise.withResolvers<void>();
    this.#closed = closed.promise;
    this.#server.on("close", closed.resolve);
  }

  /** Begins to listen; only where the runtime can send a reset. */
  static async open(options: ResetterOptions): Promise<Resetter> {
    if (net === undefined || !CAN_RESET) throw new Error("This runtime cannot send a reset");
    const resetter = new Resetter(options, net);
    await new Promise<void>((resolve) => resetter.#server.listen(0, "127.0.0.1", resolve));
    return resetter;
  }

  /** Where it listens. */
  get address(): PeerAddress {
    return { host: "127.0.0.1", port: this.#server.address().port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await this.#closed;
  }
}
