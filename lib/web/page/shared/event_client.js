// @ts-check

/** How long to wait before a refused stream is asked for again, at first and at most. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [2000, 30_000];

/**
 * After so long without an event a stream is opened again: the other end may be gone without a word, as
 * when this machine has slept.
 */
const SILENCE_MS = 45_000;

/**
 * @typedef {"connecting" | "live" | "lost"} StreamState
 *
 * @typedef {object} EventClientOptions
 * @property {readonly string[]} names the events to listen to
 * @property {(name: string, data: any) => void} onEvent
 * @property {(state: StreamState, reason?: string) => void} onState
 */

/**
 * Listens to one stream of server-sent events at a time, and goes on until it is closed: a stream that
 * breaks is opened again by the browser, one that is refused by this after a while that doubles.
 */
export class EventClient {
  /** @type {EventClientOptions} */
  #options;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  #waitMs = FIRST_WAIT_MS;
  #url = "";

  /** @param {EventClientOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Listens at a URL, and no more where it did before.
   *
   * @param {string} url
   */
  open(url) {
    this.close();
    this.#url = url;
    const source = new EventSource(url);
    this.#source = source;
    for (const name of this.#options.names) {
      source.addEventListener(name, (event) => this.#receive(source, name, event.data));
    }
    this.#heard();
    source.onopen = () => {
      if (source !== this.#source) return;
      this.#waitMs = FIRST_WAIT_MS;
      this.#options.onState("live");
    };
    source.onerror = () => this.#fail(source);
  }

  /** Listens no more. */
  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = undefined;
  }

  /** Tries now what would be tried after a while. */
  retry() {
    if (this.#url !== "") this.open(this.#url);
  }

  /**
   * @param {EventSource} source
   * @param {string} name
   * @param {string} text
   */
  #receive(source, name, text) {
    // What is still under way of a stream that was left belongs to nobody.
    if (source !== this.#source) return;
    this.#heard();
    this.#options.onEvent(name, JSON.parse(text));
  }

  #heard() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.retry(), SILENCE_MS);
  }

  /** @param {EventSource} source */
  #fail(source) {
    if (source !== this.#source) return;
    this.#options.onState("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    this.#timer = setTimeout(() => this.retry(), this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
    // The same is asked for again, since it may be of streams alone that there are too many.
    void reasonOf(this.#url).then((reason) => {
      if (source === this.#source && reason !== undefined) this.#options.onState("lost", reason);
    });
  }
}

/**
 * The sentence with which something is refused; nothing, if nobody answers or it is not refused.
 *
 * @param {string} url
 * @returns {Promise<string | undefined>}
 */
async function reasonOf(url) {
  const cut = new AbortController();
  try {
    const response = await fetch(url, { signal: cut.signal });
    if (response.ok) return undefined;
    return errorIn(await response.text());
  } catch {
    // Nobody answers: that the connection is lost says it already.
    return undefined;
  } finally {
    cut.abort();
  }
}

/**
 * The sentence in the answer to a request that was refused.
 *
 * @param {string} body
 * @returns {string}
 */
export function errorIn(body) {
  try {
    const { error } = JSON.parse(body);
    if (typeof error === "string") return error;
  } catch {
    // Plain text, as the doors answer it.
  }
  return body.trim().slice(0, 300);
}
