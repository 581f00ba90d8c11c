import type { DnsPacket, DnsRecord } from "dns-packet";
import { loadDnsCodec } from "./dns_codec.ts";
import { MAX_SERVICE_MESSAGE, MAX_SERVICE_NAME_BYTES } from "../limits.ts";

/** Bytes of a question that may be spent on what is known already. */
const MAX_KNOWN_LENGTH = 1_200;

/** Bytes of a record of a known service beside its type, which stands in it twice, and its name. */
const RECORD_OVERHEAD = 40;

const utf8 = new TextEncoder();

/** How long others may remember that there is a service, and its text, in seconds (RFC 6762, 10). */
const SERVICE_TTL_S = 4_500;

/** How long others may remember what names a host, in seconds (RFC 6762, 10). */
const HOST_TTL_S = 120;

/** The name under which all kinds of services are listed (RFC 6763, 9). */
const ALL_TYPES = "_services._dns-sd._udp.local";

/** Something that a machine serves, as DNS-SD tells of it (RFC 6763). */
export interface Service {
  /** Its kind: `_sluice._tcp`. */
  readonly type: string;
  /** What this one is called, without dots; no other on the network has the name. */
  readonly name: string;
  /** The port at which it listens, 1 to 65535. */
  readonly port: number;
  /** Texts of the form `key=value`. */
  readonly text: readonly string[];
}

/** A service of a machine, with the addresses of the machine. */
export interface HostedService extends Service {
  /** The name of the machine, a single word that no other on the network has. */
  readonly host: string;
  /** Its IPv4 addresses. */
  readonly addresses: readonly string[];
}

/** What a message says, as far as it is about one type of service. */
export type ServiceMessage =
  | {
    readonly type: "query";
    /** Whether one that offers the service is asked to tell of it. */
    readonly asks: (service: Service) => boolean;
  }
  | {
    readonly type: "answer";
    /** The services that are there, each told of in full. */
    readonly services: readonly Service[];
    /** The names of services that are there no longer. */
    readonly gone: readonly string[];
  };

/**
 * Encodes a question for all services of a type but those that are known by these names, of which as
 * many are named as fit into one packet: others answer once more.
 */
export async function encodeServiceQuery(
  type: string,
  known: readonly string[],
): Promise<Uint8Array> {
  const codec = await loadDnsCodec();
  const answers: DnsRecord[] = [];
  let room = MAX_KNOWN_LENGTH;
  for (const name of known) {
    room -= RECORD_OVERHEAD + 2 * type.length + utf8.encode(name).length;
    if (room < 0) break;
    answers.push(pointer(type, name, SERVICE_TTL_S));
  }
  return codec.encode({
    type: "query",
    questions: [{ type: "PTR", name: `${type}.local` }],
    answers,
  });
}

/** Encodes that a service is there, or that it goes. */
export async function encodeService(
  service: HostedService,
  state: "here" | "gone",
): Promise<Uint8Array> {
  const codec = await loadDnsCodec();
  const { type, name, port, text, addresses } = service;
  const instance = `${name}.${type}.local`;
  const host = `${service.host}.local`;
  const serviceTtl = state === "gone" ? 0 : SERVICE_TTL_S;
  const hostTtl = state === "gone" ? 0 : HOST_TTL_S;
  // Of a record that only we have, others drop what they remember (RFC 6762, 10.2).
  const own = { flush: true } as const;
  return codec.encode({
    type: "response",
    flags: codec.AUTHORITATIVE_ANSWER,
    answers: [
      pointer(type, name, serviceTtl),
      { type: "PTR", name: ALL_TYPES, ttl: serviceTtl, data: `${type}.local` },
    ],
    additionals: [
      { ...own, type: "SRV", name: instance, ttl: hostTtl, data: { port, target: host } },
      { ...own, type: "TXT", name: instance, ttl: serviceTtl, data: [...text] },
      ...addresses.map((data) => ({ ...own, type: "A", name: host, ttl: hostTtl, data } as const)),
    ],
  });
}

/**
 * Decodes a message of multicast DNS as far as it is about a type of service; `undefined` if it says
 * nothing of it, or is malformed: anybody may send anything to the group.
 */
export async function decodeServiceMessage(
  bytes: Uint8Array,
  type: string,
): Promise<ServiceMessage | undefined> {
  if (bytes.length > MAX_SERVICE_MESSAGE) return undefined;
  const codec = await loadDnsCodec();
  let packet: DnsPacket;
  try {
    packet = codec.decode(bytes);
  } catch {
    return undefined;
  }
  return packet.type === "query" ? readQuery(packet, type) : readAnswer(packet, type);
}

function readQuery({ questions = [], answers = [] }: DnsPacket, type: string): ServiceMessage {
  // One whose asker knows it already, and not for half of its time only, is not told of again.
  const known = new Set(
    answers.flatMap((record) =>
      record.type === "PTR" && (record.ttl ?? 0) >= SERVICE_TTL_S / 2 ? [record.data] : []
    ).map(folded),
  );
  const asked = new Set(questions.map(({ name }) => folded(name)));
  return {
    type: "query",
    asks({ name }) {
      const instance = folded(`${name}.${type}.local`);
      if (asked.has(instance)) return true;
      if (asked.has(ALL_TYPES)) return !known.has(folded(`${type}.local`));
      return asked.has(folded(`${type}.local`)) && !known.has(instance);
    },
  };
}

function readAnswer(
  { answers = [], additionals = [] }: DnsPacket,
  type: string,
): ServiceMessage | undefined {
  const records = [...answers, ...additionals];
  const services: Service[] = [];
  const gone: string[] = [];
  const suffix = `.${type}.local`;
  for (const record of answers) {
    if (record.type !== "PTR" || folded(record.name) !== folded(`${type}.local`)) continue;
    const instance = record.data;
    if (!folded(instance).endsWith(folded(suffix))) continue;
    const name = instance.slice(0, -suffix.length);
    // What was no UTF-8 could not be named in a question.
    if (utf8.encode(name).length > MAX_SERVICE_NAME_BYTES || name.includes("\ufffd")) continue;
    if (record.ttl === 0) {
      gone.push(name);
      continue;
    }
    const port = records.flatMap((other) =>
      other.type === "SRV" && folded(other.name) === folded(instance) ? [other.data.port] : []
    )[0];
    if (port) {
      services.push({ type, name, port, text: textsOf(records, instance) });
    }
  }
  return services.length + gone.length === 0 ? undefined : { type: "answer", services, gone };
}

function textsOf(records: readonly DnsRecord[], instance: string): string[] {
  const decoder = new TextDecoder();
  return records.flatMap((record) => {
    if (record.type !== "TXT" || folded(record.name) !== folded(instance)) return [];
    const parts = Array.isArray(record.data) ? record.data : [record.data];
    return parts.map((part) => typeof part === "string" ? part : decoder.decode(part));
  });
}

function pointer(type: string, name: string, ttl: number): DnsRecord {
  return { type: "PTR", name: `${type}.local`, ttl, data: `${name}.${type}.local` };
}

/** Names are the same whatever the case of their letters. */
function folded(name: string): string {
  return name.toLowerCase();
}
