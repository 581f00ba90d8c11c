/**
 * Makes a function that has something done once before the next picture, however often it is called. In
 * a page that is not seen nothing is done until it is seen again.
 *
 * @param {() => void} work
 * @returns {() => void}
 */
export function oncePerFrame(work) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  };
}
