/** The SHA-1 of some bytes, reckoned outside of the main thread. */
export async function sha1(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", data as Uint8Array<ArrayBuffer>));
}
