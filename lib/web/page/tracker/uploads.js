import { errorIn } from "../shared/event_client.js";
import { formatBytes } from "../shared/format.js";

/**
 * @typedef {object} Upload
 * @property {number} id
 * @property {string} name
 * @property {number} size
 * @property {number} sent
 * @property {"waiting" | "sending" | "done" | "failed"} state
 * @property {string} [error]
 * @property {string} [infoHash]
 */

/** Hands files to the tracker's machine, one after the other. */
export class Uploads {
  /** @type {Upload[]} the newest last */
  all = [];
  #changed;
  /** @type {Map<number, {file: File, request?: XMLHttpRequest}>} */
  #open = new Map();
  #lastId = 0;

  /** @param {() => void} changed is called whenever something here has changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * Hands in files.
   *
   * @param {Iterable<File>} files
   * @param {number} maxBytes how large each may be
   */
  add(files, maxBytes) {
    for (const file of files) {
      const upload = { id: ++this.#lastId, name: file.name, size: file.size, sent: 0 };
      if (file.size > maxBytes) {
        const error = `It has ${formatBytes(file.size)}; the tracker takes ${
          formatBytes(maxBytes)
        }`;
        this.all.push({ ...upload, state: "failed", error });
        continue;
      }
      this.all.push({ ...upload, state: "waiting" });
      this.#open.set(upload.id, { file });
    }
    this.#changed();
    this.#sendNext();
  }

  /**
   * Forgets an upload; one that is under way is broken off.
   *
   * @param {number} id
   */
  remove(id) {
    const open = this.#open.get(id);
    this.#open.delete(id);
    this.all = this.all.filter((upload) => upload.id !== id);
    open?.request?.abort();
    this.#changed();
    this.#sendNext();
  }

  #sendNext() {
    if (this.all.some(({ state }) => state === "sending")) return;
    const next = this.all.find(({ state }) => state === "waiting");
    const open = next && this.#open.get(next.id);
    if (open !== undefined) this.#send(next, open);
  }

  #send(upload, open) {
    // Of the ways to send only this one tells how far it is.
    const request = new XMLHttpRequest();
    open.request = request;
    upload.state = "sending";
    request.upload.onprogress = ({ loaded }) => {
      upload.sent = loaded;
      this.#changed();
    };
    request.onload = () => {
      const isDone = request.status === 201;
      this.#end(
        upload,
        isDone ? { state: "done", ...answerIn(request) } : {
          state: "failed",
          error: errorIn(request.responseText) || `The tracker answered ${request.status}`,
        },
      );
    };
    request.onerror = () =>
      this.#end(upload, { state: "failed", error: "The connection broke; drop the file again" });
    request.open("POST", `api/v1/uploads?${new URLSearchParams({ name: upload.name })}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(open.file);
    this.#changed();
  }

  #end(upload, outcome) {
    if (!this.#open.delete(upload.id)) return;
    Object.assign(upload, outcome);
    this.#changed();
    this.#sendNext();
  }
}

function answerIn({ responseText }) {
  const { infoHash } = JSON.parse(responseText);
  return { infoHash };
}
