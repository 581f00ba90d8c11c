import type { PeerAddress } from "../address.ts";
import { type Clock, sleep, systemClock } from "../clock.ts";
import type { MulticastChannel, MulticastTransport } from "../multicast.ts";
import { systemMulticast } from "../system_multicast.ts";
import { MDNS_GROUP, MDNS_WAY } from "./mdns_group.ts";
import { decodeServiceMessage, encodeServiceQuery } from "./service_message.ts";
import { MAX_SERVICES, MAX_SERVICES_PER_MACHINE } from "../limits.ts";

/** The times between questions, in milliseconds (RFC 6762, 5.2); after the last one it is only listened. */
const QUESTION_WAITS_MS = [1_000, 2_000, 4_000] as const;

/** A service that was found. */
export interface FoundService {
  /** Its name. */
  readonly name: string;
  /** Where it is: the machine that told of it, and the port that it named. */
  readonly address: PeerAddress;
  /** Texts of the form `key=value`. */
  readonly text: readonly string[];
}

/** What is looked for, and by which means. */
export interface BrowseOptions {
  /** The type of the services: `_sluice._tcp`. */
  readonly type: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The address of the interface to look by; `0.0.0.0` for all. */
  readonly host: string;
  /** The time; that of the machine by default. */
  readonly clock?: Clock;
  /** How the network is reached; UDP by default. */
  readonly transport?: MulticastTransport;
}

/**
 * Finds services on the same networks by multicast DNS (RFC 6762, RFC 6763), each once until it says that
 * it is gone. A machine can tell only of what it serves itself: the address is the one that the answer
 * came from, whatever the answer says.
 *
 * @throws {Deno.errors.NotCapable} if the permission is missing
 * @throws {Error} if no interface has a way to the others
 */
export async function* browse(options: BrowseOptions): AsyncGenerator<FoundService> {
  const { type, signal, host, clock = systemClock, transport = systemMulticast } = options;
  if (signal.aborted) return;
  using channel = await transport.join({ ...MDNS_WAY, host });
  const end = (): void => channel.close();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const known = new Map<string, FoundService>();
  const over = new AbortController();
  const asking = ask(channel, () => encodeServiceQuery(type, [...known.keys()]), {
    clock,
    signal: AbortSignal.any([signal, over.signal]),
  });
  try {
    await asking.first;
    for await (const { bytes, sender } of channel.datagrams) {
      // Answers come from the port of the group (RFC 6762, 6).
      if (sender.port !== MDNS_GROUP.port) continue;
      const message = await decodeServiceMessage(bytes, type);
      if (message?.type !== "answer") continue;
      for (const name of message.gone) {
        if (known.get(name)?.address.host === sender.host) known.delete(name);
      }
      for (const { name, port, text } of message.services) {
        const own = [...known.values()].filter(({ address }) => address.host === sender.host);
        if (
          known.has(name) || known.size >= MAX_SERVICES || own.length >= MAX_SERVICES_PER_MACHINE
        ) {
          continue;
        }
        const service = { name, address: { host: sender.host, port }, text };
        known.set(name, service);
        yield service;
      }
    }
  } finally {
    signal.removeEventListener("abort", end);
    over.abort();
    await asking.rest;
  }
}

/** Asks at once, and a few times more for those who missed it; only the first question must succeed. */
function ask(
  channel: MulticastChannel,
  question: () => Promise<Uint8Array>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): { readonly first: Promise<void>; readonly rest: Promise<void> } {
  const send = async (): Promise<void> => {
    const message = await question();
    if (!signal.aborted) await channel.send(message);
  };
  const first = send();
  const rest = first.then(async () => {
    for (const waitMs of QUESTION_WAITS_MS) {
      await sleep(clock, waitMs, signal);
      if (signal.aborted) return;
      // One that the network does not take is no reason not to ask again.
      await send().catch(() => undefined);
    }
  }, () => undefined);
  return { first, rest };
}
