import { assertEquals } from "@std/assert";
import { MAX_FETCHING_PEERS, Peer } from "../../../lib/tracker/mod.ts";
import { Fetching } from "../../../lib/tracker/server/fetching.ts";
import { sampleHash, samplePeerId } from "../sample_torrents.ts";
import { hostOf } from "../sample_tracker.ts";

function peer(number: number): Peer {
  const place = { host: hostOf(number), port: 1 };
  return new Peer({ ...place, id: samplePeerId(number), agent: "x" }, number);
}

const FETCHED = [{ peerId: samplePeerId(1), bytes: 5 }];

Deno.test("Fetching: only of torrents that are watched something is remembered", () => {
  const fetching = new Fetching();
  const infoHash = sampleHash(1);
  const report = { infoHash, held: { kind: "complete" }, fetched: FETCHED } as const;
  fetching.take(peer(1), report);
  fetching.watch(infoHash);
  const one = peer(1);
  assertEquals(fetching.of(infoHash, one), []);
  fetching.take(one, report);
  fetching.take(one, { infoHash, held: { kind: "complete" } });
  assertEquals(fetching.of(infoHash, one), FETCHED);
  assertEquals(fetching.of(sampleHash(2), one), []);
  fetching.unwatch(infoHash);
  assertEquals(fetching.of(infoHash, one), []);
});

Deno.test("Fetching: of 10,000 peers it is remembered from whom they fetch, of more when others have gone", () => {
  const fetching = new Fetching();
  const report = (number: number) =>
    ({ infoHash: sampleHash(number), held: { kind: "complete" }, fetched: FETCHED }) as const;
  for (const number of [1, 2]) fetching.watch(sampleHash(number));
  const peers = Array.from({ length: MAX_FETCHING_PEERS }, (_, number) => peer(number));
  for (const [at, each] of peers.entries()) fetching.take(each, report(at % 2 + 1));
  assertEquals(fetching.of(sampleHash(2), peers.at(-1)!), FETCHED);
  const late = peer(MAX_FETCHING_PEERS);
  fetching.take(late, report(1));
  assertEquals(fetching.of(sampleHash(1), late), []);
  fetching.left(sampleHash(1), peers[0]!);
  fetching.left(sampleHash(1), peers[0]!);
  for (const each of [late, peer(MAX_FETCHING_PEERS + 1)]) fetching.take(each, report(1));
  assertEquals(fetching.of(sampleHash(1), late), FETCHED);
  fetching.unwatch(sampleHash(1));
  const last = peer(MAX_FETCHING_PEERS + 2);
  fetching.take(last, report(2));
  assertEquals(fetching.of(sampleHash(2), last), FETCHED);
});
