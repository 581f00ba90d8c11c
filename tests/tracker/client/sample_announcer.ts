import { assert } from "@std/assert";
import { FakeClock } from "../../../lib/net/mod.ts";
import {
  AnnounceClient,
  type AnnounceClientOptions,
  type AnnounceState,
  serveTracker,
  type TrackerServer,
} from "../../../lib/tracker/mod.ts";
import { samplePeerId } from "../sample_torrents.ts";

export const HOST = "127.0.0.1";

/** A tracker with all doors at ports that are free. */
export function openTracker(options: { token?: string } = {}): TrackerServer {
  return serveTracker({ host: HOST, port: 0, http: { port: 0 }, udp: { port: 0 }, ...options });
}

/** The announce URL of a door. */
export function urlOf({ doors }: TrackerServer, name: "http" | "udp", path = "/announce"): string {
  const door = doors.find((door) => door.name === name);
  assert(door !== undefined);
  return `${name}://${HOST}:${door.address.port}${path}`;
}

/** What lets a client use its trackers in ways in which only a user may name them. */
export const NAMED: Pick<AnnounceClientOptions, "isNamed"> = { isNamed: () => true };

/** An announce client and its states, one after the other. */
export class Announcer implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly client: AnnounceClient;
  readonly #states: ReadableStreamDefaultReader<AnnounceState>;

  constructor(
    tiers: AnnounceClientOptions["tiers"],
    number = 1,
    random: () => number = () => 0.99,
    options: Pick<AnnounceClientOptions, "usage" | "onSwitch" | "isNamed" | "urls" | "get"> = {},
  ) {
    const peerId = samplePeerId(number);
    this.client = new AnnounceClient({
      ...{ tiers, peerId, random },
      port: 5_000 + number,
      clock: this.clock,
      ...options,
    });
    this.#states = this.client.states.getReader();
  }

  /** How the next announce ends. */
  async next(): Promise<AnnounceState> {
    const { value } = await this.#states.read();
    assert(value !== undefined, "no announce any more");
    return value;
  }

  /** The next announce, which must be answered. */
  async announced(): Promise<Extract<AnnounceState, { type: "announced" }>> {
    const state = await this.next();
    assert(state.type === "announced", state.type === "unreachable" ? state.error.message : "");
    return state;
  }

  /** The next announce, which must fail. */
  async unreachable(): Promise<Extract<AnnounceState, { type: "unreachable" }>> {
    const state = await this.next();
    assert(state.type === "unreachable", `it is ${state.type}`);
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** An HTTP server that answers as it is told, and what it was asked. */
export class StubTracker implements AsyncDisposable {
  readonly requests: URL[] = [];
  /** Resolves when it is asked for the first time. */
  readonly asked: Promise<void>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: (url: URL) => Response) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#server = Deno.serve({ hostname: HOST, port: 0, onListen: () => {} }, (request) => {
      const url = new URL(request.url);
      this.requests.push(url);
      resolve();
      return answer(url);
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://${HOST}:${this.port}/announce`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A UDP tracker that hears everything and answers as it is told. */
export class StubUdpTracker implements Disposable {
  readonly heard: Uint8Array[] = [];
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  #wake = Promise.withResolvers<void>();

  constructor(answer: (request: Uint8Array, count: number) => Uint8Array<ArrayBuffer>[]) {
    void this.#serve(answer);
  }

  get url(): string {
    return `udp://${HOST}:${(this.#socket.addr as Deno.NetAddr).port}`;
  }

  /** Waits until it has heard that many datagrams. */
  async hears(count: number): Promise<void> {
    while (this.heard.length < count) await this.#wake.promise;
  }

  async #serve(
    answer: (bytes: Uint8Array, count: number) => Uint8Array<ArrayBuffer>[],
  ): Promise<void> {
    for await (const [bytes, sender] of this.#socket) {
      this.heard.push(bytes.slice());
      for (const reply of answer(bytes, this.heard.length)) await this.#socket.send(reply, sender);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** An answer to a request: its transaction with an action before it and words behind it. */
export function answerTo(
  request: Uint8Array,
  action: number,
  ...words: number[]
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(8 + words.length * 4));
  view.setUint32(0, action);
  new Uint8Array(view.buffer).set(request.subarray(12, 16), 4);
  for (const [index, word] of words.entries()) view.setUint32(8 + index * 4, word);
  return new Uint8Array(view.buffer);
}
