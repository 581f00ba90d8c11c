import { assertEquals } from "@std/assert";
import { Announcers } from "../../lib/cli/announcing.ts";
import { Arguments } from "../../lib/cli/arguments.ts";
import { COMMON_FLAGS } from "../../lib/cli/flags.ts";
import { Output } from "../../lib/cli/output.ts";
import { systemClock, withDeadline } from "../../lib/net/mod.ts";
import { RoguePeer } from "../peer/rogue_peer.ts";
import { createTorrent, Simulation } from "../peer/simulation.ts";
import { StubTracker } from "../tracker/client/sample_announcer.ts";

const ANSWER = "d8:intervali1800e5:peers0:e";
const PATIENCE = { clock: systemClock, ms: 20_000 };

Deno.test("announcing: who uses one tracker at a time leaves the peers of the one that fails (BEP 27)", async () => {
  let asked = 0;
  await using first = new StubTracker(() =>
    asked++ === 0 ? new Response(ANSWER) : new Response("gone", { status: 410 })
  );
  await using second = new StubTracker(() => new Response(ANSWER));
  await using sim = new Simulation(1);
  const torrent = await createTorrent();
  const node = sim.node("leecher");
  const leecher = node.add(await sim.partialStore(torrent, [0, 1, 2, 3, 4, 5, 6]));
  const output = new Output(new Arguments(["--quiet"], COMMON_FLAGS));
  await using announcers = new Announcers(node, output);
  node.discoverBy(announcers.open([[first.url], [second.url]], "one at a time"));
  await withDeadline(() => first.asked, { ...PATIENCE, message: "nothing was announced" });

  const { infoHash } = torrent.info;
  using rogue = await RoguePeer.dial(sim.network.host("rogue"), node.address, { infoHash });
  rogue.send({ type: "interested" });
  rogue.offer(torrent, [7]);
  await rogue.next("request");
  assertEquals([leecher.links.length, second.requests.length], [1, 0]);
  void rogue.serve(torrent);
  await withDeadline(() => rogue.closed, { ...PATIENCE, message: "the peer was not left" });
  await sim.settle();
  assertEquals([leecher.links.length, leecher.status.knownPeers], [0, 0]);
  const events = [first, second].map(({ requests }) =>
    requests.map(({ searchParams }) => searchParams.get("event"))
  );
  assertEquals(events, [["started", "completed"], ["started"]]);
});
