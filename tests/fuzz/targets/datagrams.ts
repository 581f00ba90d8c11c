import { decodeHex } from "../../../lib/bytes/mod.ts";
import {
  decodeServiceMessage,
  encodeService,
  encodeServiceQuery,
} from "../../../lib/net/dns_sd/service_message.ts";
import {
  Advertisement,
  browse,
  FakeClock,
  MemoryMulticast,
  type Service,
} from "../../../lib/net/mod.ts";
import {
  formatLocalAnnounce,
  LOCAL_GROUPS,
  LocalDiscovery,
  parseLocalAnnounce,
  PeerProtocolError,
} from "../../../lib/peer/mod.ts";
import { SampleMember } from "../../tracker/sample_member.ts";
import { sampleHash } from "../../tracker/sample_torrents.ts";
import { LOCAL_ANNOUNCES } from "../../vectors/local_announces.ts";
import { FOREIGN_GOODBYE, FOREIGN_SERVICE } from "../../vectors/service_messages.ts";
import { type Attempt, type FuzzTarget, parserAttempt, promise } from "../target.ts";

const TYPE = "_sluice._tcp";
const SERVICE: Service = { type: TYPE, name: "Tracker of x", port: 6_789, text: ["version=1"] };
/** The group of multicast DNS. */
const MDNS = "224.0.0.251:5353";

const utf8 = new TextEncoder();

const ANNOUNCES = [
  ...LOCAL_ANNOUNCES.map(({ text }) => utf8.encode(text)),
  formatLocalAnnounce({
    ...{ host: "239.192.152.143:6771", port: 6_881, cookie: "ours" },
    infoHashes: [1, 2, 3].map(sampleHash),
  }),
];

const SERVICES = [
  decodeHex(FOREIGN_SERVICE),
  decodeHex(FOREIGN_GOODBYE),
  await encodeServiceQuery(TYPE, ["Foreign tracker", "b"]),
  await encodeService({ ...SERVICE, host: "machine", addresses: ["192.0.2.3"] }, "here"),
  await encodeService({ ...SERVICE, host: "machine", addresses: [] }, "gone"),
];

function attemptAnnounce(bytes: Uint8Array): Attempt {
  return parserAttempt(() => parseLocalAnnounce(bytes), [PeerProtocolError], (announce) => {
    promise(announce.port >= 1 && announce.port <= 65_535, `the port is ${announce.port}`);
    promise(new Set(announce.infoHashes).size === announce.infoHashes.length, "a hash is twice");
    promise(announce.infoHashes.length <= 50, "there are too many torrents");
  });
}

function checkService({ name, port }: Service): void {
  promise(utf8.encode(name).length <= 63, "the name is too long");
  promise(Number.isInteger(port) && port >= 1 && port <= 65_535, `the port is ${port}`);
}

async function attemptService(bytes: Uint8Array): Promise<Attempt> {
  const message = await decodeServiceMessage(bytes, TYPE);
  if (message === undefined) return { outcome: "refused" };
  if (message.type === "query") message.asks(SERVICE);
  else message.services.forEach(checkService);
  return { outcome: "accepted", made: message };
}

/** A peer that hears a datagram and then the announce of a neighbour. */
async function attemptHeard(bytes: Uint8Array): Promise<Attempt> {
  const clock = new FakeClock();
  const multicast = new MemoryMulticast();
  const states: string[] = [];
  const member = await SampleMember.of("film.mp4", 9);
  await using local = new LocalDiscovery({
    ...{ address: { host: "10.0.0.1", port: 6_881 }, clock, random: () => 0 },
    transport: multicast.machine("10.0.0.1"),
    onState: ({ type }) => void states.push(type),
  });
  using ticket = local.join(member);
  const found: string[] = [];
  void ticket.peers.pipeTo(
    new WritableStream({
      write: (peers) => void found.push(...peers.map(({ host }) => host)),
    }),
  ).catch(() => undefined);
  await clock.advance(100);
  const group = `${LOCAL_GROUPS[0]!.host}:${LOCAL_GROUPS[0]!.port}`;
  for (let times = 0; times < 3; times++) {
    multicast.send(group, { bytes, sender: { host: "10.0.0.66", port: 50_000 } });
  }
  const good = formatLocalAnnounce({
    ...{ host: group, port: 6_882 },
    infoHashes: [member.info.infoHash],
  });
  multicast.send(group, { bytes: good, sender: { host: "10.0.0.2", port: 50_000 } });
  await clock.advance(100);
  promise(found.includes("10.0.0.2"), "the good neighbour is not heard");
  promise(!states.includes("silent"), "the group is left");
  return { outcome: found.includes("10.0.0.66") ? "accepted" : "refused", made: found };
}

/** One who looks for services, and hears a datagram before the answer of a good one. */
async function attemptBrowsed(bytes: Uint8Array): Promise<Attempt> {
  const clock = new FakeClock();
  const multicast = new MemoryMulticast();
  const over = new AbortController();
  const found: string[] = [];
  const looking = (async () => {
    const services = browse({
      ...{ type: TYPE, signal: over.signal, host: "10.0.0.1", clock },
      transport: multicast.machine("10.0.0.1"),
    });
    for await (const { name, address } of services) {
      checkService({ type: TYPE, name, port: address.port, text: [] });
      found.push(address.host);
    }
  })();
  await clock.advance(0);
  multicast.send(MDNS, { bytes, sender: { host: "10.0.0.66", port: 5_353 } });
  const name = "A good one";
  const good = await encodeService(
    { ...SERVICE, name, host: "good", addresses: ["10.0.0.2"] },
    "here",
  );
  multicast.send(MDNS, { bytes: good, sender: { host: "10.0.0.2", port: 5_353 } });
  await clock.advance(100);
  over.abort();
  await clock.advance(10_000);
  await looking;
  promise(found.includes("10.0.0.2"), "the good one is not found");
  promise(found.filter((host) => host === "10.0.0.66").length <= 4, "one machine is too many");
  return { outcome: found.includes("10.0.0.66") ? "accepted" : "refused", made: found };
}

/** One who tells of a service, and hears a datagram before the question of a good one. */
async function attemptAsked(bytes: Uint8Array): Promise<Attempt> {
  const clock = new FakeClock();
  const multicast = new MemoryMulticast();
  const service = { ...SERVICE, host: "machine", addresses: ["10.0.0.1"] };
  await using _advertisement = await Advertisement.open({
    ...{ service: () => service, host: "10.0.0.1", clock, random: () => 0 },
    transport: multicast.machine("10.0.0.1"),
  });
  await clock.advance(5_000);
  const told = () => multicast.sent.filter(({ sender }) => sender.host === "10.0.0.1").length;
  const before = told();
  multicast.send(MDNS, { bytes, sender: { host: "10.0.0.66", port: 5_353 } });
  await clock.advance(5_000);
  const outcome = told() > before ? "accepted" : "refused";
  promise(told() <= before + 1, "one question has several answers");
  const question = await encodeServiceQuery(TYPE, []);
  multicast.send(MDNS, { bytes: question, sender: { host: "10.0.0.2", port: 5_353 } });
  await clock.advance(5_000);
  promise(told() > before + (outcome === "accepted" ? 1 : 0), "the good one gets no answer");
  return { outcome };
}

/** What anybody on the network may send to everybody: announces to neighbours, services. */
export const DATAGRAMS: FuzzTarget = {
  quick: 120,
  kinds: {
    announce: { form: "text", corpus: ANNOUNCES, attempt: attemptAnnounce },
    service: { form: "bytes", corpus: SERVICES, attempt: attemptService },
    heard: { form: "text", corpus: ANNOUNCES, attempt: attemptHeard },
    asked: { form: "bytes", corpus: SERVICES, attempt: attemptAsked },
    browsed: { form: "bytes", corpus: SERVICES, attempt: attemptBrowsed },
  },
};
