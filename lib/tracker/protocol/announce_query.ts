import { idBytes } from "../../bytes/mod.ts";
import type { AnnounceRequest } from "./announce.ts";

/** What an announce by HTTP says beside what every announce says. */
export interface HttpAnnounceExtras {
  /** A number of 32 bits that is the same in all our announces, and that nobody else knows. */
  readonly key: number;
  /** What the tracker wants to be told again, if anything. */
  readonly trackerId: Uint8Array | undefined;
}

/**
 * The URL of an announce: that of the tracker, whatever query it has of its own, and the parameters of
 * BEP 3 and BEP 23.
 */
export function formatHttpAnnounce(
  url: string,
  request: AnnounceRequest,
  { key, trackerId }: HttpAnnounceExtras,
): string {
  const { port, uploaded, downloaded, left, event, numWant } = request;
  const parameters = [
    `info_hash=${escapeBytes(idBytes(request.infoHash))}`,
    `peer_id=${escapeBytes(idBytes(request.peerId))}`,
    `port=${port}`,
    `uploaded=${uploaded}`,
    `downloaded=${downloaded}`,
    `left=${left}`,
    "compact=1",
    `key=${key.toString(16).padStart(8, "0")}`,
    ...(event === "none" ? [] : [`event=${event}`]),
    ...(numWant === undefined ? [] : [`numwant=${numWant}`]),
    ...(trackerId === undefined ? [] : [`trackerid=${escapeBytes(trackerId)}`]),
  ];
  const bare = url.replace(/#.*$/, "");
  return `${bare}${bare.includes("?") ? "&" : "?"}${parameters.join("&")}`;
}

/** Every byte as it may stand in a URL: letters and digits as they are, others as `%` and two digits. */
function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[0-9A-Za-z._~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
