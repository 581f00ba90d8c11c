/** A byte stream that gives these parts, one a read, and ends. */
export function byteStream(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const filled = parts.filter(({ length }) => length > 0);
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const part = filled[at++];
      if (part !== undefined) return controller.enqueue(part.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}
