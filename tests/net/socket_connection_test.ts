import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  connectionBuffers,
  POOLED_LENGTHS,
  SocketConnection,
  type StreamSocket,
} from "../../lib/net/mod.ts";

const [SHORT, MIDDLE, LONG] = POOLED_LENGTHS;
const FIRST = 4 * 1024;
const ADDRESS: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** A connection at which bytes arrive in bursts, and how much each read has asked for. */
function arriving(...bursts: readonly (number | Error)[]) {
  const sizes: number[] = [];
  let burst = 0;
  const left = [...bursts];
  const socket: StreamSocket = {
    localAddr: ADDRESS,
    remoteAddr: ADDRESS,
    read: (target) => {
      sizes.push(target.length);
      const waiting = left[burst];
      if (waiting === undefined) return Promise.resolve(null);
      if (waiting instanceof Error) return Promise.reject(waiting);
      const count = Math.min(waiting, target.length);
      target.fill(burst + 1, 0, count);
      if (waiting === count) burst++;
      else left[burst] = waiting - count;
      return Promise.resolve(count);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => undefined,
    closeWrite: () => Promise.resolve(),
  };
  return { connection: new SocketConnection(socket), sizes };
}

/** The chunks of a connection, each as its length and the value of all its bytes. */
async function chunksOf(
  { readable }: SocketConnection,
  onMemory: (memory: ArrayBufferLike) => void = () => undefined,
): Promise<[number, number][]> {
  const chunks: [number, number][] = [];
  for await (const chunk of readable) {
    const [value = 0] = chunk;
    chunks.push([chunk.length, chunk.every((byte) => byte === value) ? value : NaN]);
    onMemory(chunk.buffer);
  }
  return chunks;
}

Deno.test("SocketConnection reads more at once the more comes, and gives what came in one piece", async () => {
  const { connection, sizes } = arriving(FIRST, SHORT, MIDDLE, LONG, 10);
  const chunks = await chunksOf(connection);
  assertEquals(chunks, [[FIRST, 1], [SHORT, 2], [MIDDLE, 3], [LONG, 4], [10, 5]]);
  assertEquals(sizes, [FIRST, SHORT, MIDDLE, LONG, LONG, LONG]);
});

Deno.test("SocketConnection gives little in memory of its length, and much in the buffer that it was read into", async () => {
  const { connection } = arriving(FIRST, SHORT, 5_119, 5_120, 16_639, 16_640, LONG);
  const lengths: number[] = [];
  await chunksOf(connection, ({ byteLength }) => lengths.push(byteLength));
  assertEquals(lengths, [FIRST, SHORT, 5_119, 5_120, 16_639, MIDDLE, MIDDLE, LONG]);
});

Deno.test("SocketConnection gives a buffer back that has become too large, and the last one", async () => {
  for (const then of [[1, 2, 3, 4, 5], [], [new Deno.errors.ConnectionReset("by the peer")]]) {
    const waiting = connectionBuffers.take(LONG).buffer;
    connectionBuffers.adopt(waiting); // it is what the connection takes
    const { connection, sizes } = arriving(FIRST, SHORT, MIDDLE, ...then);
    await chunksOf(connection).catch((error) =>
      assertInstanceOf(error, Deno.errors.ConnectionReset)
    );
    assert(sizes.includes(LONG));
    assert(connectionBuffers.take(LONG).buffer === waiting);
  }
});

Deno.test("SocketConnection takes bursts that are longer than one size by one read each of the next", async () => {
  const bursts = Array.from({ length: 8 }, () => 21_720);
  const { connection, sizes } = arriving(...bursts);
  const chunks = await chunksOf(connection);
  assertEquals(chunks.slice(-6), [3, 4, 5, 6, 7, 8].map((value) => [21_720, value]));
  assertEquals(sizes.slice(-7), Array.from({ length: 7 }, () => MIDDLE));
});

Deno.test("SocketConnection reads as much as came last after four reads in a row that hardly gave anything", async () => {
  const less = [1, 2, 3, MIDDLE / 2, 5, 6, 7, SHORT / 2, 9, 10, 11, 12, 13];
  const { connection, sizes } = arriving(FIRST, SHORT, ...less);
  const chunks = await chunksOf(connection);
  assertEquals(chunks.map(([length]) => length), [FIRST, SHORT, ...less]);
  const middle = Array.from({ length: 8 }, () => MIDDLE);
  const short = Array.from({ length: 4 }, () => SHORT);
  assertEquals(sizes, [FIRST, SHORT, ...middle, ...short, FIRST, FIRST]);
});

Deno.test("SocketConnection is down to the shortest read when four in a row gave next to nothing", async () => {
  const { connection, sizes } = arriving(FIRST, SHORT, MIDDLE, 1, 2, 3, 4, 5);
  await chunksOf(connection);
  assertEquals(sizes.slice(3), [LONG, LONG, LONG, LONG, FIRST, FIRST]);
});
