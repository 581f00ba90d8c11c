import { assertEquals, assertRejects } from "@std/assert";
import type { Arguments } from "../../lib/cli/arguments.ts";
import { askAround } from "../../lib/cli/ask_tracker.ts";
import type { Context } from "../../lib/cli/command.ts";
import {
  FOUND_TIMEOUT_MS,
  MAX_ASKED_TRACKERS,
  MAX_FOUND_PER_MACHINE,
  MAX_FOUND_TRACKERS,
  MAX_TRIED_TRACKERS,
} from "../../lib/cli/limits.ts";
import type { browseTrackers, LocalTracker } from "../../lib/cli/local_trackers.ts";
import { type ClientOfTracker, Neighbourhood } from "../../lib/cli/neighbourhood.ts";
import type { Output, Report } from "../../lib/cli/output.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import { type PeerNode, randomPeerId } from "../../lib/peer/mod.ts";
import { REFUSAL, type TrackerClient, TrackerRefusedError } from "../../lib/tracker/client/mod.ts";
import { serveTracker } from "../../lib/tracker/mod.ts";
import { deadPort } from "../e2e/dead_port.ts";

/** The context of a command without flags, and the trackers that it tells of, by what it says of them. */
function staged() {
  const told = new Map<unknown, string[]>();
  let heard = Promise.withResolvers<void>();
  const output = {
    note({ state, address }: Report) {
      told.set(state, [...told.get(state) ?? [], String(address)]);
      heard.resolve();
      heard = Promise.withResolvers();
    },
    detail() {},
  } as unknown as Output;
  const context: Context = {
    args: { has: () => false } as unknown as Arguments,
    ...{ output, interrupted: new AbortController().signal },
  };
  async function untilTold(state: string, count: number): Promise<void> {
    while ((told.get(state)?.length ?? 0) < count) await heard.promise;
  }
  return { context, told, untilTold };
}

/** A network on which these trackers tell of themselves, one after the other. */
function networkOf(trackers: readonly LocalTracker[]) {
  const passed = Promise.withResolvers<void>();
  const network = { looked: 0, passed: passed.promise };
  const browse: typeof browseTrackers = async function* () {
    for (const tracker of trackers) {
      network.looked++;
      yield tracker;
      await Promise.resolve();
    }
    passed.resolve();
  };
  return { network, browse };
}

/** Has a node look around among these trackers. */
function lookAround(context: Context, browse: typeof browseTrackers): Neighbourhood {
  const usual: ClientOfTracker = {
    ...{ address: { host: "192.0.2.1", port: 1 }, security: "plain", origin: "default" },
    client: {} as TrackerClient,
  };
  const node = {
    ...{ address: { host: "127.0.0.1", port: 5 }, peerId: randomPeerId() },
    discoverBy: () => ({ [Symbol.dispose]() {} }),
  } as unknown as PeerNode;
  return new Neighbourhood({ context, node, trackers: [usual], browse });
}

function trackersAt(port: number, admission: LocalTracker["admission"], count: number) {
  return Array.from({ length: count }, (_, number): LocalTracker => ({
    address: { host: `192.0.2.${number}`, port },
    ...{ admission, security: "plain" },
  }));
}

Deno.test("A node works with 4 trackers that it finds, and with 2 of one machine", async () => {
  const { context, told, untilTold } = staged();
  const hosts = [2, 2, 2, 3, 4, 5].map((last) => `127.0.0.${last}`);
  const servers = hosts.map((host) => serveTracker({ host, port: 0 }));
  try {
    const { network, browse } = networkOf(servers.map(({ address }): LocalTracker => ({
      ...{ address, admission: "open", security: "plain" },
    })));
    {
      await using _around = lookAround(context, browse);
      await untilTold("found", MAX_FOUND_TRACKERS);
      await network.passed;
    }
    const found = (told.get("found") ?? []).map((where) => where.split(":")[0]).sort();
    assertEquals(found, ["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.4"]);
    assertEquals(found.filter((host) => host === "127.0.0.2").length, MAX_FOUND_PER_MACHINE);
    assertEquals(found.length, MAX_FOUND_TRACKERS);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
});

Deno.test("A node looks at 32 trackers that it finds, and at none after them", async () => {
  for (const count of [MAX_TRIED_TRACKERS, MAX_TRIED_TRACKERS + 2]) {
    const { context, told, untilTold } = staged();
    const { browse, network } = networkOf(trackersAt(1, "token", count));
    await using around = lookAround(context, browse);
    await untilTold("closed", MAX_TRIED_TRACKERS);
    await around.lookedAround;
    assertEquals(told.get("closed")?.length, MAX_TRIED_TRACKERS);
    assertEquals(network.looked, Math.min(count, MAX_TRIED_TRACKERS + 1));
  }
});

Deno.test("A command asks 8 trackers that it finds, and no other", async () => {
  const port = deadPort();
  for (const count of [MAX_ASKED_TRACKERS - 1, MAX_ASKED_TRACKERS, MAX_ASKED_TRACKERS + 2]) {
    const { browse } = networkOf(
      Array.from({ length: count }, (_, number): LocalTracker => ({
        address: { host: `127.0.0.${number + 1}`, port },
        ...{ admission: "open", security: "plain" },
      })),
    );
    let asked = 0;
    const ask = () => {
      asked++;
      return Promise.reject(new TrackerRefusedError(REFUSAL.unknown, "Cannot find it"));
    };
    const clock = new FakeClock();
    await assertRejects(
      () => askAround(staged().context, ask, { browse, clock }),
      TrackerRefusedError,
    );
    assertEquals([asked, clock.pending], [Math.min(count, MAX_ASKED_TRACKERS), 0]);
  }
});

Deno.test("A tracker that was found has 10 s to answer, and then the next one is asked", async () => {
  const clock = new FakeClock();
  const port = deadPort();
  const { browse } = networkOf(["127.0.0.1", "127.0.0.2"].map((host): LocalTracker => ({
    address: { host, port },
    ...{ admission: "open", security: "plain" },
  })));
  const asked: PromiseWithResolvers<string>[] = [];
  let begun = Promise.withResolvers<void>();
  const ask = () => {
    const answer = Promise.withResolvers<string>();
    asked.push(answer);
    begun.resolve();
    return answer.promise;
  };
  const answered = askAround(staged().context, ask, { browse, clock });
  await begun.promise;
  begun = Promise.withResolvers();
  await clock.advance(FOUND_TIMEOUT_MS - 1);
  assertEquals(asked.length, 1);
  await clock.advance(1);
  await begun.promise;
  asked[0]?.resolve("too late");
  asked[1]?.resolve("in time");
  assertEquals(await answered, { answer: "in time" });
  assertEquals([asked.length, clock.pending], [2, 0]);
});
