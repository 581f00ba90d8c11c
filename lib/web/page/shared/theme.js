const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @type {Map<string, string>} */
const known = new Map();

let version = 0;

DARK.addEventListener("change", () => {
  known.clear();
  version++;
});

/** How often the colours have changed: what is drawn with another version is to be drawn again. */
export function themeVersion() {
  return version;
}

/**
 * A colour of the style sheet, by the name of its custom property without the dashes.
 *
 * @param {string} name
 * @returns {string}
 */
export function colour(name) {
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
}

/**
 * Has something done whenever the colours change; gives what ends that.
 *
 * @param {() => void} listener
 * @returns {() => void}
 */
export function onThemeChange(listener) {
  DARK.addEventListener("change", listener);
  return () => DARK.removeEventListener("change", listener);
}
