// @ts-check
import { changeCells, decodeCells } from "./cells.js";
import { nextVersion } from "./version.js";

/**
 * @typedef {{
 *   [field: string]: any,
 *   cellMap?: Uint8Array,
 *   version: number,
 * }} Entry what came, with its `map` decoded as `cellMap`
 */

/**
 * Things that are known by a key and told of by what has changed in them. `version` is another one after
 * every change, that of a thing after each that it takes part in. None ever comes again, here or
 * elsewhere: what was drawn of one thing is not taken for the picture of the next with its key.
 */
export class Keyed {
  /** @type {string} */
  #key;
  /** @type {Map<unknown, Entry>} */
  #entries = new Map();
  #version = nextVersion();

  /** @param {string} key the name of the field that has the key */
  constructor(key) {
    this.#key = key;
  }

  /** Of all of them together. */
  get version() {
    return this.#version;
  }

  /** How many there are. */
  get size() {
    return this.#entries.size;
  }

  /** All of them, the oldest first. */
  get values() {
    return [...this.#entries.values()];
  }

  /**
   * The one with a key.
   *
   * @param {unknown} key
   */
  get(key) {
    return this.#entries.get(key);
  }

  /**
   * Forgets all, and takes these.
   *
   * @param {readonly Record<string, any>[]} things
   */
  reset(things) {
    this.#entries.clear();
    this.apply({ changed: things });
  }

  /**
   * Takes what has changed: fields of things, new or known, and keys of those that are gone.
   *
   * @param {{changed?: readonly Record<string, any>[], gone?: readonly unknown[]}} change
   */
  apply({ changed = [], gone = [] }) {
    this.#version = nextVersion();
    for (const { map, cells, ...fields } of changed) {
      const key = fields[this.#key];
      const entry = this.#entries.get(key) ?? { version: 0 };
      Object.assign(entry, fields, { version: this.#version });
      if (map !== undefined) entry.cellMap = decodeCells(map);
      if (cells !== undefined && entry.cellMap !== undefined) changeCells(entry.cellMap, cells);
      this.#entries.set(key, entry);
    }
    for (const key of gone) this.#entries.delete(key);
  }
}
