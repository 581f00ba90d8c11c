// @ts-check
import { changeCells, decodeCells } from "./cells.js";

/**
 * @typedef {{
 *   [field: string]: any,
 *   cellMap?: Uint8Array,
 *   version: number,
 * }} Entry what came, with its `map` decoded as `cellMap` and how often it has changed
 */

/**
 * Things that are known by a key and told of by what has changed in them. `version` grows with every
 * change; that of a thing grows when it changes.
 */
export class Keyed {
  /** @type {string} */
  #key;
  /** @type {Map<unknown, Entry>} */
  #entries = new Map();
  #version = 0;

  /** @param {string} key the name of the field that has the key */
  constructor(key) {
    this.#key = key;
  }

  /** How often something has changed. */
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
    this.#version++;
    for (const { map, cells, ...fields } of changed) {
      const key = fields[this.#key];
      const entry = this.#entries.get(key) ?? { version: 0 };
      Object.assign(entry, fields);
      entry.version++;
      if (map !== undefined) entry.cellMap = decodeCells(map);
      if (cells !== undefined && entry.cellMap !== undefined) changeCells(entry.cellMap, cells);
      this.#entries.set(key, entry);
    }
    for (const key of gone) this.#entries.delete(key);
  }
}
