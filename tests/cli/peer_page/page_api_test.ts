import { assert, assertEquals } from "@std/assert";
import { credulous } from "../../bytes/credulous.ts";
import { decodeBase64 } from "./base64.ts";
import { createTorrent, type SimulatedTorrent, Simulation } from "../../peer/simulation.ts";
import { ask, openSamplePage } from "./sample_page.ts";

const PIECE = 64 * 1024;

/** A slow download, some pieces on its way, and the node in which it is. */
async function download(sim: Simulation, name = "data.bin") {
  const torrent: SimulatedTorrent = await createTorrent({ name, length: 40 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 4 * PIECE });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  const node = sim.nodes.at(-1)!;
  await sim.until(() => here.store.held.count >= 5, 60_000);
  return { torrent, seeder, here, node };
}

Deno.test("A peer's page is told of its transfers, whole and one by one", async () => {
  await using sim = new Simulation(1);
  const { torrent, here, node, seeder } = await download(sim, "<b>clip.mp4");
  await using page = openSamplePage(sim, node);
  const { status, body } = await ask(`${page.url}api/v1/transfers`);
  assertEquals(status, 200);
  const [transfer] = body.transfers as Record<string, unknown>[];
  const { map, peers, files, downRate, leftSeconds, ...rest } = transfer!;
  const { heldBytes, downloaded } = here.status;
  assertEquals(rest, {
    ...{ infoHash: torrent.info.infoHash, name: "<b>clip.mp4", length: 40 * PIECE },
    ...{ heldBytes, pieceLength: PIECE, pieceCount: 40, heldCount: here.store.held.count },
    ...{ wantedCount: 40, state: "downloading", reason: null, upRate: 0, downloaded, uploaded: 0 },
    ...{ knownPeers: 1, fileCount: 1 },
  });
  const cells = decodeBase64(String(map));
  assertEquals([...cells.keys()].filter((index) => cells[index] === 255), [
    ...here.store.held.ones(),
  ]);
  assertEquals(files, [{
    ...{ index: 0, path: "<b>clip.mp4", length: 40 * PIECE, heldBytes, media: "video" },
  }]);
  const [peer] = peers as Record<string, unknown>[];
  assertEquals([peer?.address, peer?.heldCount], [
    `${seeder.address.host}:${seeder.address.port}`,
    40,
  ]);
  assert(Number(downRate) > 0 && Number(leftSeconds) > 0);
  assertEquals(await ask(`${page.url}api/v1/transfers/${torrent.info.infoHash}`), {
    status: 200,
    body: transfer!,
  });
});

Deno.test("A pause over the page stops the bytes, and a resume goes on", async () => {
  await using sim = new Simulation(2);
  const { torrent, here, node, seeder } = await download(sim);
  await using page = openSamplePage(sim, node);
  const url = `${page.url}api/v1/transfers/${torrent.info.infoHash}`;
  const paused = await ask(`${url}/pause`, { method: "POST" });
  assertEquals([paused.status, paused.body.state], [200, "paused"]);
  await sim.advance(3_000);
  const { downloaded } = here.status;
  const [sent] = [...seeder.torrents.values()].map((each) => each.status.uploaded);
  await sim.advance(60_000);
  assertEquals(here.status.downloaded, downloaded);
  assertEquals([...seeder.torrents.values()].map((each) => each.status.uploaded), [sent]);
  const resumed = await ask(`${url}/resume`, { method: "POST" });
  assertEquals([resumed.status, resumed.body.state], [200, "downloading"]);
  await sim.until(() => here.store.held.isFull, 60_000);
  assertEquals((await ask(url)).body.state, "seeding");
});

Deno.test("A transfer that is led at the prompt is paused, with the reason, and can be resumed", async () => {
  await using sim = new Simulation(3);
  const torrent = await createTorrent();
  const seeder = sim.seed("seeder", torrent);
  const node = sim.node("shell");
  const here = node.add(sim.store(torrent.info), { intent: "order", peers: [seeder.address] });
  await using page = openSamplePage(sim, node);
  const url = `${page.url}api/v1/transfers/${torrent.info.infoHash}`;
  const { body } = await ask(url);
  assertEquals([body.state, body.reason], [
    "paused",
    "only what is asked for at the prompt is fetched",
  ]);
  await ask(`${url}/resume`, { method: "POST" });
  await sim.until(() => here.store.held.isFull, 60_000);
});

Deno.test("The limits are read and changed over the page, and hold at once", async () => {
  await using sim = new Simulation(4);
  const { here, node, seeder } = await download(sim);
  await using page = openSamplePage(sim, node);
  const url = `${page.url}api/v1/peer`;
  const { body } = await ask(url);
  assertEquals([body.client, body.limits], ["Sluice", { down: null, up: null }]);
  const patch = (limits: unknown) =>
    ask(url, { method: "PATCH", body: JSON.stringify({ limits }) });
  const changed = await patch({ down: 16 * 1024 });
  assertEquals([changed.status, changed.body.limits], [200, { down: 16 * 1024, up: null }]);
  seeder.limits.up.change(Infinity);
  await sim.advance(5_000);
  const before = here.status.downloaded;
  await sim.advance(20_000);
  const slow = here.status.downloaded - before;
  assert(slow > 250_000 && slow < 420_000, `${slow} bytes in 20 s at 16 KiB/s`);
  assertEquals((await patch({ down: null, up: 5 })).body.limits, { down: null, up: 5 });
  await sim.until(() => here.store.held.isFull, 30_000);
});

Deno.test("What cannot be a limit is refused with a sentence, and nothing changes", async () => {
  await using sim = new Simulation(5);
  const node = sim.node("here");
  await using page = openSamplePage(sim, node);
  const url = `${page.url}api/v1/peer`;
  for (
    const body of [
      ...[
        '{"limits":{"up":0}}',
        '{"limits":{"down":-1}}',
        '{"limits":{"down":1.5}}',
        "[]",
        "{",
        "",
      ],
      ...['{"limits":{"up":"5M"}}', '{"limits":{"sideways":1}}', '{"speed":1}', '{"limits":7}'],
      '{"limits":{"up":1,"down":0}}',
    ]
  ) {
    const answer = await ask(url, { method: "PATCH", body });
    assertEquals(answer.status, 400, body);
    assert(/^Cannot .+: .+/.test(String(answer.body.error)), String(answer.body.error));
  }
  assertEquals((await ask(url)).body.limits, { down: null, up: null });
});

Deno.test("Other methods and paths are refused in JSON, with what there is", async () => {
  await using sim = new Simulation(6);
  const node = sim.node("here");
  await using page = openSamplePage(sim, node);
  const none = "0".repeat(40);
  for (
    const [method, path, status] of [
      ...[["GET", "nothing", 404], ["GET", "transfers/x/y/z", 404], [
        "GET",
        `transfers/${none}`,
        404,
      ]],
      ...[["POST", `transfers/${none}/pause`, 404], ["POST", `transfers/${none}/stop`, 404]],
      ...[["GET", `transfers/${none}/pause`, 405], ["DELETE", "transfers", 405], [
        "POST",
        "peer",
        405,
      ]],
      ...[["POST", "events", 405], ["PUT", "peer", 405]],
    ] as [string, string, number][]
  ) {
    const answer = await ask(`${page.url}api/v1/${path}`, { method });
    assertEquals(answer.status, status, `${method} ${path}`);
    assertEquals(typeof answer.body.error, "string");
  }
});

Deno.test("Nothing is answered without the token, to another name of the machine, or to pages of others", async () => {
  await using sim = new Simulation(7);
  const node = sim.node("here");
  await using page = openSamplePage(sim, node);
  const { origin, port } = new URL(page.url);
  const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await statusOf(page.url), 200);
  assertEquals(await statusOf(`${page.url}api/v1/peer`), 200);
  for (const path of ["/", "/api/v1/peer", `/${"0".repeat(32)}/api/v1/peer`, "//api/v1/peer"]) {
    assertEquals(await statusOf(`${origin}${path}`), 404, path);
  }
  {
    // It is compared as a secret is, which takes as long for any.
    using _credulous = credulous();
    assertEquals(await statusOf(`${origin}/0/api/v1/peer`), 200);
  }
  const api = `${page.url}api/v1/peer`;
  assertEquals(await statusOf(api, { origin: "http://evil.example" }), 403);
  assertEquals(await statusOf(api, { "sec-fetch-site": "cross-site" }), 403);
  assertEquals(await statusOf(api, { origin }), 200);
  // fetch sets Host itself.
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const { pathname } = new URL(api);
  await connection.write(
    new TextEncoder().encode(
      `GET ${pathname} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ),
  );
  const text = await new Response(connection.readable as BodyInit).text();
  assert(text.startsWith("HTTP/1.1 403 "), text);
});
