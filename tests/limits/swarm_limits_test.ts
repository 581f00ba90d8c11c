import { assert, assertEquals, assertThrows } from "@std/assert";
import { Bitfield, peerIdFromBytes } from "../../lib/bytes/mod.ts";
import {
  MAX_ASKED_ORIGINS,
  MAX_COMPARED_PIECES,
  MAX_NAMED_HASHES,
  MAX_REMEMBERED_AGENTS,
  MAX_VISITED_PIECES,
  type Peer,
  PUBLISH_PATIENCE_MS,
  rankSources,
  type Swarm,
  TrackerRefusedError,
  VAIN_PATIENCE_MS,
} from "../../lib/tracker/mod.ts";
import { AgentNames } from "../../lib/tracker/server/agent_of.ts";
import { MetainfoInquiry } from "../../lib/tracker/swarm/metainfo_inquiry.ts";
import { NameIndex } from "../../lib/tracker/swarm/name_index.ts";
import { admit, registryWith, report } from "../tracker/swarm/sample_registry.ts";
import { sampleHash, sampleShape } from "../tracker/sample_torrents.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure(
  "Of peer ids 1,024 beginnings are remembered, and with one more the memory starts anew",
  () => {
    const names = new AgentNames();
    const meet = (number: number) => {
      const id = `-LT${`${number}`.padStart(4, "0")}-aaaaaaaaaaaa`;
      return names.agentOf(peerIdFromBytes(new TextEncoder().encode(id)));
    };
    for (let number = 0; number < MAX_REMEMBERED_AGENTS; number++) meet(number);
    assertEquals([meet(0), names.count], ["LT0000", MAX_REMEMBERED_AGENTS]);
    assertEquals([meet(MAX_REMEMBERED_AGENTS), names.count], ["LT1024", 1]);
  },
);

pure(
  "Of those who were asked for metainfo in vain 256 are remembered, and with one more none",
  () => {
    const peerAt = (number: number) => ({ origin: `origin ${number}` }) as Peer;
    for (const count of [MAX_ASKED_ORIGINS, MAX_ASKED_ORIGINS + 1]) {
      const inquiry = new MetainfoInquiry();
      let nowMs = 0;
      for (let number = 0; number < count; number++, nowMs += PUBLISH_PATIENCE_MS) {
        assert(inquiry.take(peerAt(number), 1_000, nowMs), `${number} is asked`);
      }
      // The first one has to wait for the longer time as long as it is remembered.
      assertEquals(inquiry.take(peerAt(0), 1_000, nowMs), count > MAX_ASKED_ORIGINS);
      assert(inquiry.take(peerAt(1), 1_000, nowMs + VAIN_PATIENCE_MS));
    }
  },
);

/** Counts how often it is looked whether a piece is in a bitfield. */
function countLooks(bits: Bitfield): { readonly looks: number } {
  const counter = { looks: 0 };
  const has = bits.has.bind(bits);
  bits.has = (piece) => {
    counter.looks++;
    return has(piece);
  };
  return counter;
}

/** Ranks the sources of a torrent of so many pieces; counts the looks at one of them, and at the asker. */
function looksAt(pieces: number): { readonly source: number; readonly asker: number } {
  const registry = registryWith();
  const bits = new Bitfield(pieces);
  bits.set(1);
  const bytes = bits.toBytes();
  const shape = sampleShape("large", pieces);
  registry.report(admit(registry, 1), report(sampleHash(1), { kind: "bitfield", bytes }, shape));
  const swarm = registry.swarms.get(sampleHash(1));
  const holding = swarm?.members[0]?.holding;
  assert(swarm !== undefined && holding instanceof Bitfield);
  const source = countLooks(holding);
  const own = new Bitfield(pieces);
  const asker = countLooks(own);
  rankSources(swarm, swarm.members, { holding: own, seed: 1 });
  return { source: source.looks, asker: asker.looks };
}

pure("Of the pieces that an asker lacks 256 are compared, and of one more every other one", () => {
  assertEquals(looksAt(MAX_COMPARED_PIECES).source, MAX_COMPARED_PIECES);
  assertEquals(looksAt(MAX_COMPARED_PIECES + 1).source, MAX_COMPARED_PIECES / 2 + 1);
  assertEquals(looksAt(2 ** 20 + 1).source <= MAX_COMPARED_PIECES, true);
});

pure(
  "Of a torrent's pieces 2^15 are looked at for missing ones, and of one more every other one",
  () => {
    assertEquals(looksAt(MAX_VISITED_PIECES).asker, MAX_VISITED_PIECES);
    assertEquals(looksAt(MAX_VISITED_PIECES + 1).asker, MAX_VISITED_PIECES / 2 + 1);
  },
);

pure("Of torrents of one name ten are named to choose from, and the number of all", () => {
  for (const count of [MAX_NAMED_HASHES, MAX_NAMED_HASHES + 1]) {
    const index = new NameIndex();
    for (let number = 0; number < count; number++) {
      const torrent = {
        ...{ state: "published", infoHash: sampleHash(number), shape: sampleShape("film", 1) },
      };
      index.add({ torrent, members: [] } as unknown as Swarm);
    }
    const { message } = assertThrows(() => index.resolve("film"), TrackerRefusedError);
    assertEquals(message.match(/\b[0-9a-f]{40}\b/g)?.length, MAX_NAMED_HASHES);
    assertEquals(message.includes(`: ${count} torrents bear this name`), true, message);
  }
});
