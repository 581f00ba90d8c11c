import type { PeerAddress } from "./address.ts";
import { SocketConnection } from "./socket_connection.ts";
import { openDoors } from "./spare_descriptors.ts";
import {
  type Connection,
  type Listener,
  ListenerClosedError,
  type Transport,
} from "./transport.ts";

/** The transport over TCP sockets. Needs the permission `--allow-net`. */
export const tcpTransport: Transport = {
  listen({ host, port }) {
    return new TcpListener(Deno.listen({ hostname: host, port, transport: "tcp" }));
  },

  async dial({ host, port }, { signal } = {}) {
    const stopping = signal === undefined ? {} : { signal };
    try {
      return connectionOf(
        await Deno.connect({ hostname: host, port, transport: "tcp", ...stopping }),
      );
    } catch (error) {
      openDoors.relieve(error);
      throw error;
    }
  },
};

class TcpListener implements Listener {
  readonly address: PeerAddress;
  readonly #listener: Deno.TcpListener;
  #state: "open" | "closed" = "open";

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.address = { host: listener.addr.hostname, port: listener.addr.port };
  }

  async accept(): Promise<Connection> {
    try {
      return connectionOf(await this.#listener.accept());
    } catch (error) {
      if (this.#state === "closed") throw new ListenerClosedError();
      throw error;
    }
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#listener.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function connectionOf(conn: Deno.TcpConn): Connection {
  conn.setNoDelay(true);
  return new SocketConnection(conn);
}
