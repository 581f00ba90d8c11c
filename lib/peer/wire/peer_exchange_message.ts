import { decode, encode } from "../../bencode/mod.ts";
import {
  decodePaddedPeers,
  encodeCompactPeers,
  type Family,
  ipBytes,
  IPV4_LENGTH,
  IPV6_LENGTH,
  type PeerAddress,
} from "../../net/mod.ts";
import { PeerProtocolError } from "./errors.ts";
import { MAX_EXCHANGED_PEERS, MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_VALUES } from "../limits.ts";

/** What a peer is, as far as the one knows who tells of it (BEP 11). */
export type PeerTrait = "upload-only" | "reachable";

/** A peer that is told of, with what it is. */
export interface ExchangedPeer extends PeerAddress {
  /** What it is. */
  readonly traits: ReadonlySet<PeerTrait>;
}

/** A message of peer exchange (BEP 11): who has connected to the sender, and who has left it. */
export interface PeerExchangeMessage {
  /** Peers that are connected now and were not before. */
  readonly added: readonly ExchangedPeer[];
  /** Peers that were told of and are not connected any more. */
  readonly dropped: readonly PeerAddress[];
}

const TRAIT_BIT: Readonly<Record<PeerTrait, number>> = { "upload-only": 0x02, "reachable": 0x10 };

/** The members of one family: added, their flags, dropped. */
const MEMBERS: Readonly<Record<Family, readonly [string, string, string]>> = {
  ipv4: ["added", "added.f", "dropped"],
  ipv6: ["added6", "added6.f", "dropped6"],
};

/**
 * Encodes the payload of `ut_pex`: `added` and `dropped` in the compact form of BEP 23 with a byte of
 * flags in `added.f` for each that was added, and `added6`, `added6.f`, `dropped6` for IPv6.
 */
export function encodePeerExchange({ added, dropped }: PeerExchangeMessage): Uint8Array {
  const addedPeers = encodeCompactPeers(added);
  const droppedPeers = encodeCompactPeers(dropped);
  const members: Record<string, Uint8Array> = {};
  for (const family of ["ipv4", "ipv6"] as const) {
    const [addedName, flagsName, droppedName] = MEMBERS[family];
    members[addedName] = addedPeers[family];
    members[flagsName] = Uint8Array.from(
      added.filter(({ host }) => familyOf(host) === family),
      flagsOf,
    );
    members[droppedName] = droppedPeers[family];
  }
  return encode(members);
}

/**
 * Decodes the payload of `ut_pex`. Entries that are cut off, at port 0, or beyond the first 200 of a
 * list are left out, as are members of another type than theirs: clients differ.
 *
 * @throws {PeerProtocolError} if it is not a bencoded dictionary
 */
export function decodePeerExchange(payload: Uint8Array): PeerExchangeMessage {
  let value: unknown;
  try {
    value = decode(payload, {
      mode: "tolerant",
      maxDepth: MAX_PAYLOAD_DEPTH,
      maxValues: MAX_PAYLOAD_VALUES,
    });
  } catch (cause) {
    throw new PeerProtocolError("Cannot read peer exchange: it is not bencoded", { cause });
  }
  if (!(value instanceof Map)) {
    throw new PeerProtocolError("Cannot read peer exchange: it is not a dictionary");
  }
  const added: ExchangedPeer[] = [];
  const dropped: PeerAddress[] = [];
  for (const family of ["ipv4", "ipv6"] as const) {
    const [addedPeers, flags, droppedPeers] = MEMBERS[family].map((name) =>
      bytesOf(value.get(name))
    );
    // One by one: what is left out must not move the flags of the others.
    for (const [at, entry] of entriesOf(addedPeers!, family).entries()) {
      const traits = traitsOf(flags![at] ?? 0);
      added.push(...decodePaddedPeers(entry, family).map((peer) => ({ ...peer, traits })));
    }
    for (const entry of entriesOf(droppedPeers!, family)) {
      dropped.push(...decodePaddedPeers(entry, family));
    }
  }
  return { added, dropped };
}

/** The first whole entries of a compact list. */
function entriesOf(bytes: Uint8Array, family: Family): Uint8Array[] {
  const length = (family === "ipv4" ? IPV4_LENGTH : IPV6_LENGTH) + 2;
  const count = Math.min(MAX_EXCHANGED_PEERS, Math.floor(bytes.length / length));
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * length, (at + 1) * length));
}

function familyOf(host: string): Family | undefined {
  const bytes = ipBytes(host);
  return bytes && (bytes.length === IPV4_LENGTH ? "ipv4" : "ipv6");
}

function flagsOf({ traits }: ExchangedPeer): number {
  let flags = 0;
  for (const trait of traits) flags |= TRAIT_BIT[trait];
  return flags;
}

function traitsOf(flags: number): Set<PeerTrait> {
  const names = Object.keys(TRAIT_BIT) as PeerTrait[];
  return new Set(names.filter((trait) => (flags & TRAIT_BIT[trait]) !== 0));
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
