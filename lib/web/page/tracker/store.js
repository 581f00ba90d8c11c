import { decodeCells } from "../shared/cells.js";
import { EventClient } from "../shared/event_client.js";
import { Keyed } from "../shared/keyed.js";
import { nextVersion } from "../shared/version.js";
import { History } from "./history.js";

/**
 * @typedef {object} Swarm the file that is looked at
 * @property {string} infoHash
 * @property {"asked" | "missing" | "known"} state
 * @property {Keyed} peers by their ids
 * @property {number} total how many peers there are, of which not all may have been sent
 * @property {Uint8Array} availability
 * @property {number} availabilityVersion another one whenever the availability changes, here or elsewhere
 */

const EVENTS = ["hello", "totals", "files", "swarm", "peers", "missing"];

/** What the page knows of its tracker; it hears of changes as long as it is open. */
export class Store {
  /** @type {{state: "connecting" | "live" | "lost", reason?: string}} */
  connection = { state: "connecting" };
  /** @type {Record<string, any> | undefined} */
  tracker;
  /** @type {Record<string, any> | undefined} */
  totals;
  files = new Keyed("infoHash");
  /** How many files the tracker has, of which not all may have been sent. */
  fileTotal = 0;
  history = new History();
  /** @type {Swarm | undefined} */
  swarm;
  #events;
  #changed;

  /** @param {() => void} changed is called whenever something here has changed */
  constructor(changed) {
    this.#changed = changed;
    this.#events = new EventClient({
      names: EVENTS,
      onEvent: (name, data) => this.#take(name, data),
      onState: (state, reason) => this.#setConnection({ state, reason }),
    });
    addEventListener("online", () => this.#events.retry());
  }

  /**
   * Looks at a file, or at none.
   *
   * @param {string | undefined} infoHash
   */
  select(infoHash) {
    this.swarm = infoHash === undefined ? undefined : {
      infoHash,
      state: "asked",
      peers: new Keyed("id"),
      total: 0,
      availability: new Uint8Array(),
      availabilityVersion: nextVersion(),
    };
    this.#events.open(`api/v1/events${infoHash === undefined ? "" : `?file=${infoHash}`}`);
    this.#changed();
  }

  /** The file that is looked at, if it is known. */
  get file() {
    return this.swarm && this.files.get(this.swarm.infoHash);
  }

  #setConnection(connection) {
    this.connection = connection;
    this.#changed();
  }

  #take(name, data) {
    if (name === "hello") this.#greet(data);
    if (name === "totals") this.#takeTotals(data);
    if (name === "files") {
      // What is looked at stays, also when others have more peers than it.
      const gone = data.gone.filter((infoHash) => infoHash !== this.swarm?.infoHash);
      this.files.apply({ changed: data.changed, gone });
      this.fileTotal = data.total ?? this.files.size;
    }
    if (this.swarm !== undefined) this.#takeSwarm(name, data, this.swarm);
    this.#changed();
  }

  #greet({ tracker, files, history }) {
    this.tracker = tracker;
    this.totals = tracker.totals;
    // Of the file that is looked at more may be known than of the first thousand.
    const known = this.file;
    this.files.reset(known === undefined ? files.files : [known, ...files.files]);
    this.fileTotal = files.total;
    this.history.reset(history);
  }

  #takeTotals(totals) {
    this.totals = totals;
    this.history.add(totals);
  }

  #takeSwarm(name, data, swarm) {
    if (name === "missing" && data.infoHash === swarm.infoHash) swarm.state = "missing";
    if (name === "swarm") {
      swarm.state = "known";
      this.files.apply({ changed: [data.file] });
      swarm.peers.reset(data.peers);
      swarm.total = data.total;
    }
    if (name === "peers") {
      swarm.peers.apply(data);
      swarm.total = data.total ?? swarm.peers.size;
      if (data.file !== undefined) this.files.apply({ changed: [data.file] });
    }
    if (data.availability !== undefined && name !== "files") {
      swarm.availability = decodeCells(data.availability);
      swarm.availabilityVersion = nextVersion();
    }
  }
}
