import type { DnsPacket } from "dns-packet";

/** The codec of DNS messages, with the bytes that the rest of us uses. */
export interface DnsCodec {
  /** The flag of an answer by the one who knows (RFC 1035, 4.1.1). */
  readonly AUTHORITATIVE_ANSWER: number;
  /** Encodes a message. */
  encode(packet: DnsPacket): Uint8Array;
  /**
   * Decodes a message.
   *
   * @throws {Error} if it is malformed
   */
  decode(bytes: Uint8Array): DnsPacket;
}

/** The part of the runtime that makes a buffer of Node of bytes, which the codec reads. */
interface Runtime {
  readonly process: {
    getBuiltinModule(name: "node:buffer"): {
      readonly Buffer: { from(bytes: ArrayBufferLike, offset: number, length: number): Uint8Array };
    };
  };
}

/** Loads the codec, which only those need who look for services or tell of their own. */
export async function loadDnsCodec(): Promise<DnsCodec> {
  const { default: packet } = await import("dns-packet");
  const { Buffer } = (globalThis as unknown as Runtime).process.getBuiltinModule("node:buffer");
  return {
    AUTHORITATIVE_ANSWER: packet.AUTHORITATIVE_ANSWER,
    encode: (message) => packet.encode(message),
    decode: ({ buffer, byteOffset, length }) =>
      packet.decode(Buffer.from(buffer, byteOffset, length)),
  };
}
