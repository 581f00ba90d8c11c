import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { InfoHash } from "../../../../lib/bytes/mod.ts";
import {
  MAX_EVENT_STREAMS_PER_ADDRESS,
  MAX_WATCHED_FILES,
  type TrackerContext,
} from "../../../../lib/tracker/mod.ts";
import { ApiSources } from "../../../../lib/tracker/server/api/api_sources.ts";
import { ApiError } from "../../../../lib/web/mod.ts";
import type { ClientAddress } from "../../../../lib/tracker/server/visitors.ts";
import { sampleHash, sampleShape } from "../../sample_torrents.ts";
import { bits, SampleApi } from "./sample_api.ts";

/** What an API tells, to those who come without a request. */
class OpenSources implements Disposable {
  readonly #sources: ApiSources;

  constructor(context: TrackerContext, toldBy: ClientAddress) {
    this.#sources = new ApiSources({ context, version: "0", toldBy });
  }

  get hub() {
    return this.#sources.hub;
  }

  listen(host: string, infoHash?: InfoHash, announceUrls: readonly string[] = []): Response {
    return this.hub.subscribe({ host, infoHash, announceUrls });
  }

  [Symbol.dispose](): void {
    this.hub[Symbol.dispose]();
  }
}

Deno.test("events: of whom a proxy says that he is on this machine 32 may listen, too", async () => {
  const { context } = new SampleApi();
  using sources = new OpenSources(context, "x-forwarded-for");
  const listen = () => sources.listen("127.0.0.1");
  const open = Array.from({ length: MAX_EVENT_STREAMS_PER_ADDRESS }, listen);
  assertThrows(listen, ApiError, "32 streams of them are open to this address");
  await open[0]?.body?.cancel();
  open.push(listen());
  for (const { body } of open) await body?.cancel();
});

Deno.test("events: who is told more than may wait is gone at once, and nothing is looked at for him", async () => {
  const api = new SampleApi();
  for (let number = 2; number <= MAX_WATCHED_FILES; number++) {
    api.claim(number, sampleShape(`${number}`, 1));
  }
  const peer = api.report(1, bits(8, 0));
  const [member] = [...peer.memberships()];
  using sources = new OpenSources(api.context, "connection");
  const lookedAt = () => sources.hub.watchedOf(member!) !== undefined;
  const usual = sources.listen("127.0.0.1", sampleHash(1));
  assertEquals([sources.hub.size, lookedAt()], [1, true]);
  await usual.body?.cancel();
  assertEquals([sources.hub.size, lookedAt()], [0, false]);
  const urls = Array.from({ length: 100 }, (_, at) => `http://${at}.tracker.example:6969/announce`);
  const { body } = sources.listen("127.0.0.1", sampleHash(1), urls);
  assertEquals([sources.hub.size, lookedAt()], [0, false]);
  await assertRejects(() => new Response(body).text(), Error, "too many wait for their reader");
  assertEquals(api.context.clock.pending, 0);
});
