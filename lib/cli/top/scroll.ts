/** Rows to leave out so that the chosen one is among those shown, with as little movement as can be. */
export function scrolled(
  offset: number,
  { at, room, count }: { readonly at: number; readonly room: number; readonly count: number },
): number {
  const last = Math.max(0, count - room);
  return Math.max(0, Math.min(last, at, Math.max(offset, at - room + 1)));
}
