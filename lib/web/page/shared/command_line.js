// @ts-check
import { hasHidden } from "./format.js";

/**
 * Writes a word so that a POSIX shell takes it as it is (Shell Command Language, 2.2.2).
 *
 * @param {string} word
 * @returns {string}
 */
export function quoteWord(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The command line that does something with the tracker whose page this is, for another machine. A token
 * is no option of it: everybody on a machine sees the options of what runs there.
 *
 * @param {readonly string[]} words the command and its operands
 * @param {{
 *   doors: readonly {door: string, host: string, port: number, tls: boolean}[],
 *   host: string,
 *   token?: string | undefined,
 *   program?: string,
 * }} tracker `host` has the brackets of an IPv6 address; `program` is how Sluice is started
 * @returns {string}
 */
export function commandLine(words, { doors, host, token, program = "sluice" }) {
  const door = doors.find(({ door }) => door === "tcp");
  const address = door === undefined
    ? []
    : ["--tracker", `${door.tls ? "tls://" : ""}${host}:${door.port}`];
  const secret = token === undefined ? [] : [`SLUICE_TOKEN=${quoteWord(token)}`];
  return [...secret, program, ...[...words, ...address].map(quoteWord)].join(" ");
}

/**
 * The host by which other machines find the tracker whose page this is.
 *
 * @param {{announceUrls?: readonly string[]}} tracker
 * @param {string} pageHost the host of the page's URL, for where the tracker does not say it
 * @returns {string}
 */
export function hostFor({ announceUrls: [url = ""] = [] }, pageHost) {
  return URL.canParse(url) ? new URL(url).hostname : pageHost;
}

/**
 * By what a file is named to `get`: its name, unless that says too little, or cannot be typed.
 *
 * @param {{name: string, infoHash: string, state: string}} file
 * @param {readonly {name: string}[]} files all that the tracker has
 * @returns {string}
 */
export function operandFor({ name, infoHash, state }, files) {
  const namesakes = files.filter((each) => each.name === name).length;
  const isPlain = name !== "" && !name.startsWith("-") && !hasHidden(name) &&
    !/^[0-9a-f]{40}$|^magnet:|\.torrent$|[\\/]/i.test(name);
  return isPlain && namesakes <= 1 && state === "published" ? name : infoHash;
}

/**
 * The token in the path of a page below `/TOKEN/`.
 *
 * @param {string} pathname
 * @returns {string | undefined}
 */
export function tokenIn(pathname) {
  const segment = /^\/([^/]+)\//.exec(pathname)?.[1];
  return segment === undefined ? undefined : decodeURIComponent(segment);
}
