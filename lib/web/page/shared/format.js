// @ts-check

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Control, format (bidirectional, zero-width) and separator characters, and halves of pairs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Writes a number of bytes with three digits: `3.42 MiB`.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function formatBytes(bytes) {
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/**
 * Writes a rate: `3.42 MiB/s`; a dash where nothing flows.
 *
 * @param {number} bytesPerSecond
 * @returns {string}
 */
export function formatRate(bytesPerSecond) {
  return bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : "\u2013";
}

/**
 * Writes a part of a whole in percent. Only the whole is 100 %, and only nothing is 0 %.
 *
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function formatShare(part, whole) {
  if (whole <= 0 || part >= whole) return "100 %";
  if (part <= 0) return "0 %";
  return `${Math.min(99, Math.max(1, Math.floor((100 * part) / whole)))} %`;
}

/**
 * Writes a time that is left with its two largest units: `2 h 05 min`.
 *
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function formatLeft(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "unknown";
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const hours = Math.floor(whole / 3600);
  if (hours < 48) return `${hours} h ${twoDigits(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** @param {number} number */
function twoDigits(number) {
  return String(number).padStart(2, "0");
}

/**
 * Writes a whole number with its thousands apart: `100,000`.
 *
 * @param {number} number
 * @returns {string}
 */
export function formatCount(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Writes a number of things: `1 chunk`, `12 chunks`.
 *
 * @param {number} number
 * @param {string} thing
 * @returns {string}
 */
export function formatThings(number, thing) {
  return `${formatCount(number)} ${thing}${number === 1 ? "" : "s"}`;
}

/**
 * Makes text that came from elsewhere say all that is in it: what has no look of its own, or turns the
 * direction of what follows, is shown by its code point, as in `<U+202E>`.
 *
 * @param {unknown} text
 * @returns {string}
 */
export function visible(text) {
  return String(text ?? "").replace(HIDDEN, (character) => {
    const code = /** @type {number} */ (character.codePointAt(0));
    return `\u2039U+${code.toString(16).toUpperCase().padStart(4, "0")}\u203a`;
  });
}

/**
 * Whether a text has characters that are not to be seen.
 *
 * @param {string} text
 * @returns {boolean}
 */
export function hasHidden(text) {
  return text.search(HIDDEN) >= 0;
}

const ORDER = new Intl.Collator("en", { numeric: true });

/**
 * Orders texts as people do: `a2` before `a10`. It is made for long lists.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
export function compareTexts(a, b) {
  return ORDER.compare(a, b);
}
