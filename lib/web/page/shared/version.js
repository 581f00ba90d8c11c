// @ts-check

let last = 0;

/**
 * A number that no call before has given: whatever is of another version differs, also where something
 * has been taken out and something else put in its place.
 *
 * @returns {number}
 */
export function nextVersion() {
  return ++last;
}
