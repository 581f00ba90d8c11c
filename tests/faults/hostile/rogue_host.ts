import { type Listener, type PeerAddress, tcpTransport } from "../../../lib/net/mod.ts";
import { type RogueIdentity, RoguePeer } from "../../peer/rogue_peer.ts";

/** What a rogue does with a connection, until it ends. */
export type Behaviour = (rogue: RoguePeer) => Promise<void> | void;

/** A rogue that listens at a TCP port and treats whoever connects to it in one way. */
export class RogueHost implements AsyncDisposable {
  /** The rogues of all its connections. */
  readonly rogues: RoguePeer[] = [];
  readonly #listener: Listener;
  readonly #serving: Promise<void>;
  #state: "open" | "closed" = "open";

  constructor(identity: RogueIdentity, behave: Behaviour, host = "127.0.0.1") {
    this.#listener = tcpTransport.listen({ host, port: 0 });
    this.#serving = this.#serve(identity, behave);
  }

  /** Where it listens. */
  get address(): PeerAddress {
    return this.#listener.address;
  }

  /** The flag, with its value, by which `get` connects to it. */
  get flags(): [string, string] {
    return ["--peer", `${this.address.host}:${this.address.port}`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "closed";
    this.#listener.close();
    for (const rogue of this.rogues) rogue.close();
    await this.#serving;
  }

  async #serve(identity: RogueIdentity, behave: Behaviour): Promise<void> {
    const running: Promise<void>[] = [];
    while (this.#state === "open") {
      try {
        const rogue = await RoguePeer.accept(this.#listener, identity);
        this.rogues.push(rogue);
        // What it does ends with its connection, however that ends.
        running.push(Promise.resolve(behave(rogue)).catch(() => undefined));
      } catch {
        // Whoever connected went before it had greeted, or the listener was closed.
      }
    }
    await Promise.all(running);
    await Promise.all(this.rogues.map(({ closed }) => closed));
  }
}
