import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

/** Something else that listens where a tracker is expected. */
export interface Impostor {
  /** What it is, for the names of tests. */
  readonly name: string;
  /** Listens at a port of loopback until it is disposed of. */
  open(port: number): AsyncDisposable;
}

const HERE = "127.0.0.1";
const NOISE = randomBytes(seededRandom(5), 64 * 1024);

/** What may stand at a port where connections are taken. */
export const STREAM_IMPOSTORS: readonly Impostor[] = [
  {
    name: "a web server",
    open(port) {
      const server = Deno.serve({ hostname: HERE, port, onListen() {} }, () => {
        return new Response("<!DOCTYPE html><title>It works</title>\n", {
          headers: { "content-type": "text/html" },
        });
      });
      return { [Symbol.asyncDispose]: () => server.shutdown() };
    },
  },
  { name: "an echo server", open: (port) => serving(port, echo) },
  { name: "a source of random bytes", open: (port) => serving(port, makeNoise) },
  {
    name: "one that hangs up",
    open: (port) => serving(port, (conn) => Promise.resolve(conn.close())),
  },
];

/** What may stand at a port of datagrams. */
export const DATAGRAM_IMPOSTORS: readonly Impostor[] = [
  { name: "an echo of datagrams", open: (port) => answering(port, (bytes) => bytes) },
  {
    name: "a source of random datagrams",
    open: (port) => answering(port, (bytes) => NOISE.subarray(bytes.length, 3 * bytes.length)),
  },
];

async function echo(conn: Deno.TcpConn): Promise<void> {
  await conn.readable.pipeTo(conn.writable);
}

async function makeNoise(conn: Deno.TcpConn): Promise<void> {
  while (await conn.write(NOISE) > 0);
}

/** Serves each connection until it fails or the impostor goes. */
function serving(port: number, serve: (conn: Deno.TcpConn) => Promise<void>): AsyncDisposable {
  const listener = Deno.listen({ hostname: HERE, port });
  const open = new Map<Deno.TcpConn, Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      // That the other side goes is what it is for.
      open.set(conn, serve(conn).catch(() => undefined));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const conn of open.keys()) close(conn);
      await Promise.all(open.values());
    },
  };
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // The stream has closed it.
  }
}

function answering(port: number, answer: (bytes: Uint8Array) => Uint8Array): AsyncDisposable {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: HERE, port });
  const serving = (async () => {
    for await (const [bytes, sender] of socket) {
      await socket.send(answer(bytes), sender).catch(() => 0);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      socket.close();
      await serving;
    },
  };
}
