/** The other peer broke the protocol; the connection to it is to be closed. */
export class PeerProtocolError extends Error {
  /** The name of the class, for messages. */
  override name = "PeerProtocolError";
}
