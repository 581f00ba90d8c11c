/** A tracker on loopback that names one peer to whoever asks, until it is disposed of. */
export class MeetingPlace implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Opens one for the peer at a port of loopback. */
  constructor(peerPort: number) {
    const peer = [127, 0, 0, 1, peerPort >> 8, peerPort & 0xff];
    const before = new TextEncoder().encode("d8:intervali3600e5:peers6:");
    const answer = Uint8Array.from([...before, ...peer, "e".charCodeAt(0)]);
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(answer),
    );
  }

  /** Where peers announce themselves. */
  get announceUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/announce`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
