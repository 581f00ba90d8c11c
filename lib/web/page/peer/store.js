import { errorIn, EventClient } from "../shared/event_client.js";
import { Keyed } from "../shared/keyed.js";

/** What the page knows of its peer, and what it has it do. */
export class Store {
  /** @type {{state: "connecting" | "live" | "lost", reason?: string}} */
  connection = { state: "connecting" };
  /** @type {Record<string, any> | undefined} */
  peer;
  transfers = new Keyed("infoHash");
  /** The file that is played. @type {{infoHash: string, index: number} | undefined} */
  playing;
  /** Why the last thing that was asked for was not done. */
  refusal = "";
  #events;
  #changed;

  /** @param {() => void} changed is called whenever something here has changed */
  constructor(changed) {
    this.#changed = changed;
    this.#events = new EventClient({
      names: ["hello", "peer", "transfers"],
      onEvent: (name, data) => this.#take(name, data),
      onState: (state, reason) => {
        this.connection = { state, reason };
        this.#changed();
      },
    });
    addEventListener("online", () => this.#events.retry());
  }

  /** Begins to listen. */
  open() {
    this.#events.open("api/v1/events");
    this.#changed();
  }

  /**
   * Pauses a transfer, or has it go on.
   *
   * @param {string} infoHash
   * @param {"pause" | "resume"} verb
   */
  async move(infoHash, verb) {
    await this.#ask(`api/v1/transfers/${infoHash}/${verb}`, { method: "POST" });
  }

  /**
   * Sets the limits of rates.
   *
   * @param {{down: number | null, up: number | null}} limits in bytes a second
   */
  async limit(limits) {
    const body = JSON.stringify({ limits });
    const headers = { "content-type": "application/json" };
    await this.#ask("api/v1/peer", { method: "PATCH", body, headers });
  }

  /**
   * Plays a file, or none.
   *
   * @param {{infoHash: string, index: number} | undefined} file
   */
  play(file) {
    this.playing = file;
    this.#changed();
  }

  /** Forgets why something was not done. */
  forgive() {
    this.refusal = "";
    this.#changed();
  }

  /** What comes of it is told by the events. */
  async #ask(url, init) {
    this.refusal = "";
    try {
      const response = await fetch(url, init);
      if (!response.ok) this.refusal = errorIn(await response.text());
    } catch {
      this.refusal = "The peer does not answer: the command may have ended.";
    }
    this.#changed();
  }

  #take(name, data) {
    if (name === "peer") this.peer = data;
    if (name === "transfers") this.transfers.apply(data);
    if (name === "hello") {
      this.peer = data.peer;
      this.transfers.reset(data.transfers);
    }
    this.#changed();
  }
}
