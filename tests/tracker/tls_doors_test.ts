import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  FakeClock,
  type PeerAddress,
  tcpTransport,
  tlsTransport,
  type Transport,
} from "../../lib/net/mod.ts";
import { parseMagnet } from "../../lib/metainfo/mod.ts";
import {
  DoorError,
  serveTracker,
  TrackerClient,
  type TrackerServer,
  TrackerUnreachableError,
} from "../../lib/tracker/mod.ts";
import {
  EXPIRED_CERTIFICATE,
  TEST_AUTHORITY,
  TEST_CERTIFICATE,
  TEST_KEY,
} from "../vectors/tls_certificates.ts";
import { Announcer, HOST, urlOf } from "./client/sample_announcer.ts";
import { all, SampleMember } from "./sample_member.ts";
import { samplePeerId } from "./sample_torrents.ts";
import { publishedAt } from "./sample_tracker.ts";

const trusting = tlsTransport({ caCerts: [TEST_AUTHORITY] });

/** A tracker with TLS at the doors that can have it. */
function openTracker(cert = TEST_CERTIFICATE): TrackerServer {
  return serveTracker({
    ...{ host: HOST, port: 0, http: { port: 0 }, udp: { port: 0 } },
    tls: { cert, key: TEST_KEY },
  });
}

function clientOf(address: PeerAddress, transport: Transport): TrackerClient {
  return new TrackerClient({
    address,
    transport,
    peerId: samplePeerId(1),
    port: 7001,
    agent: "Test/1",
  });
}

/** Why a client cannot reach a tracker. */
async function reasonOf(address: PeerAddress, transport: Transport): Promise<string> {
  await using client = clientOf(address, transport);
  const error = await assertRejects(() => client.connected(), TrackerUnreachableError);
  return error.message.slice(`Cannot reach tracker ${HOST}:${address.port}: `.length);
}

Deno.test("by TLS a client joins, hands in a torrent and leaves, as it does without", async () => {
  await using tracker = openTracker();
  const member = await SampleMember.of("film", 50, all(50));
  {
    await using client = clientOf(tracker.address, trusting);
    const { address } = await client.connected();
    assertEquals(address, `${HOST}:7001`);
    client.join(member);
    await publishedAt(tracker);
    assertEquals((await client.listFiles()).files.map(({ name }) => name), ["film"]);
    assertEquals((await client.getTorrent("film")).length > 1_000, true);
  }
  assertEquals(tracker.registry.peers.size, 0);
});

Deno.test("at the TCP door each way to miss one another by TLS is one clear line", async () => {
  await using secure = openTracker();
  await using expired = openTracker(EXPIRED_CERTIFICATE);
  await using plain = serveTracker({ host: HOST, port: 0 });
  const events = secure.events.getReader();
  assertEquals(
    await reasonOf(secure.address, tcpTransport),
    "it speaks TLS; name it as tls://HOST:PORT",
  );
  const { value } = await events.read();
  assert(value?.type === "refused");
  assertEquals(value.text, "Cannot agree on TLS: the client speaks none");
  assertEquals(
    await reasonOf(plain.address, trusting),
    "it does not speak TLS; name it without tls:// or https://",
  );
  assertMatch(
    await reasonOf(secure.address, tlsTransport({})),
    /--tls-ca FILE names the authority's$/,
  );
  assertMatch(await reasonOf(expired.address, trusting), /^its certificate has expired;/);
  const http = secure.doors.find(({ name }) => name === "http");
  assert(http !== undefined);
  assertEquals(
    await reasonOf(http.address, trusting),
    "it speaks HTTP; name the port of its TCP door, or an HTTP tracker as http://HOST:PORT/announce",
  );
});

/** How an announce to a URL ends, by somebody who trusts these authorities. */
async function announce(url: string, caCerts: string[]): Promise<string> {
  const http = Deno.createHttpClient({ caCerts });
  try {
    const get = (url: string, init: RequestInit) => fetch(url, { ...init, client: http });
    await using announcer = new Announcer([[url]], 1, () => 0.99, { get });
    announcer.client.join(await SampleMember.of("film", 1));
    const news = await announcer.next();
    const { type } = news;
    return type === "announced" ? type : news.error.message.replace(/^.*?:\d+: /, "");
  } finally {
    http.close();
  }
}

Deno.test("the HTTP door has TLS if that is asked for it alone, and never speaks in plain text then", async () => {
  const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY };
  await using tracker = serveTracker({ host: HOST, port: 0, http: { port: 0, tls } });
  const url = urlOf(tracker, "http");
  assertEquals(await announce(url.replace("http:", "https:"), [TEST_AUTHORITY]), "announced");
  assertNotEquals(await announce(url, [TEST_AUTHORITY]), "announced");
  await using client = clientOf(tracker.address, tcpTransport);
  assertEquals((await client.connected()).address, `${HOST}:7001`);
  const broken = { ...tls, cert: tls.cert.replace(/[A-Z]{3}/g, "!") };
  assertThrows(
    () => serveTracker({ host: HOST, port: 0, http: { port: 0, tls: broken } }),
    DoorError,
    "Cannot open the http door",
  );
});

Deno.test("announces by HTTPS are answered, and each way to miss one another is one clear line", async () => {
  await using secure = openTracker();
  await using plain = serveTracker({ host: HOST, port: 0, http: { port: 0 } });
  const url = urlOf(secure, "http");
  const secureUrl = url.replace("http:", "https:");
  assertEquals(await announce(secureUrl, [TEST_AUTHORITY]), "announced");
  assertMatch(await announce(secureUrl, []), /--tls-ca FILE names the authority's$/);
  assertMatch(
    await announce(url, []),
    /^it speaks no HTTP; if it speaks TLS, name it with https:\/\/$/,
  );
  const wrong = urlOf(plain, "http").replace("http:", "https:");
  assertEquals(
    await announce(wrong, []),
    "it does not speak TLS; name it without tls:// or https://",
  );
});

Deno.test("who never says who he is by TLS is hung up on after 10 s, as anybody who says nothing", async () => {
  const clock = new FakeClock();
  const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY };
  await using tracker = serveTracker({ ...{ host: HOST, port: 0, clock, tls } });
  using silent = await tcpTransport.dial(tracker.address);
  const ended = silent.readable.getReader().read();
  while (tracker.statistics().connections === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await clock.advance(9_999);
  assertEquals(tracker.statistics().connections, 1);
  // Then it has a second for what it was told, which it does not hear.
  await clock.advance(1_001);
  assert((await ended).done);
  while (tracker.statistics().connections > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

for (const [version, http2] of [["HTTP/2", true], ["HTTP/1.1", false]] as const) {
  Deno.test(`by TLS the pages are there by ${version}, and links name the tracker as it was asked for`, async () => {
    await using tracker = serveTracker({
      ...{ host: HOST, port: 0, tls: { cert: TEST_CERTIFICATE, key: TEST_KEY } },
      // Without the front before it the web server of the runtime speaks HTTP/2.
      http: { port: 0, clientAddress: "x-forwarded-for" },
    });
    const announcement = { event: "none", left: 0, uploaded: 0, downloaded: 0 } as const;
    const { info } = await SampleMember.of("film", 1);
    tracker.registry.publish({ info });
    tracker.registry.announce(
      { host: HOST, port: 1, id: samplePeerId(1), agent: "x" },
      { infoHash: info.infoHash, ...announcement },
      1e9,
    );
    const client = Deno.createHttpClient({
      ...{ caCerts: [TEST_AUTHORITY], http1: !http2, http2 },
    });
    try {
      const url = urlOf(tracker, "http", "/api/v1/files").replace("http:", "https:");
      const headers = { "x-forwarded-for": HOST };
      const response = await fetch(url, { client, headers });
      const { files } = await response.json();
      assertEquals([response.status, files.length], [200, 1]);
      const announceUrl = `https://${new URL(url).host}/announce`;
      assertEquals(parseMagnet(files[0].magnet).trackers, [announceUrl]);
    } finally {
      client.close();
    }
  });
}
