import { assert, assertEquals, assertFalse } from "@std/assert";
import { tcpTransport } from "../../lib/net/mod.ts";
import { TrackerClient, TrackerRefusedError } from "../../lib/tracker/mod.ts";
import { Announcer, openTracker, urlOf } from "./client/sample_announcer.ts";
import { greeting, RawClient } from "./raw_client.ts";
import { all, SampleMember } from "./sample_member.ts";
import { samplePeerId } from "./sample_torrents.ts";

const TOKEN = "the s3cret/token";
/** What a wrong token has in it, which is half of the right one, may be one as well. */
const WRONG = "the s3cret/tokem";
const ESCAPED = encodeURIComponent(TOKEN);

/** Everything that is said of what happened, as text. */
function textOf(value: unknown): string {
  if (value instanceof Error) return `${value.name} ${value.message} ${textOf(value.cause)}`;
  return JSON.stringify(value, (_key, part) => part instanceof Error ? textOf(part) : part) ?? "";
}

for (
  const [state, token] of [["right", TOKEN], ["wrong", WRONG], ["missing", undefined]] as const
) {
  Deno.test(`with the ${state} token each door does what it should, and no word has the token in it`, async () => {
    const said: unknown[] = [];
    await using tracker = openTracker({ token: TOKEN });
    const events = Array.fromAsync(tracker.events);
    const member = await SampleMember.of("film", 3, all(3));
    {
      await using client = new TrackerClient({
        ...{
          address: tracker.address,
          peerId: samplePeerId(1),
          port: 7001,
          agent: "Test/1",
          token,
        },
      });
      const outcome = await client.connected().catch((error) => error);
      assertEquals(outcome instanceof TrackerRefusedError, state !== "right");
      said.push(outcome);
      using raw = await RawClient.dial(tcpTransport, tracker.address);
      await raw.query("connect", { ...greeting(7002), token });
      const message = await raw.next();
      said.push(message?.type === "error" ? message.text : message?.type);
    }
    for (const door of ["http", "udp"] as const) {
      const before = token === undefined ? "" : `/${encodeURIComponent(token)}`;
      const url = urlOf(tracker, door, `${before}/announce`);
      await using announcer = new Announcer([[url]], 1, () => 0.99, { isNamed: () => true });
      announcer.client.join(member);
      const news = await announcer.next();
      assertEquals(news.type, state === "right" ? "announced" : "unreachable");
      said.push(news.type === "announced" ? news.result : news.error);
    }
    const scraped = await fetch(urlOf(tracker, "http", "/scrape?info_hash=" + "x".repeat(20)));
    said.push(await scraped.text());
    said.push(tracker.statistics());
    await tracker.close();
    const happened = await events;
    // A log has one of them, whose text is what those were told who were refused.
    assertEquals(tracker.statistics().refusals, { 401: state === "right" ? 1 : 5 });
    assertEquals(happened.filter(({ type }) => type === "refused").length, 1);
    for (const [at, word] of [...said, ...happened].entries()) {
      const text = textOf(word);
      assert(text.length > 2, `nothing was said at ${at}`);
      for (const secret of [TOKEN, WRONG, ESCAPED, "s3cret"]) {
        assertFalse(
          text.includes(secret),
          text,
        );
      }
    }
  });
}

Deno.test("a scrape by UDP, which has no place for a token, is refused where one is wanted", async () => {
  await using tracker = openTracker({ token: TOKEN });
  using socket = new UdpScrape(urlOf(tracker, "udp"));
  const refusal = await socket.scrape();
  assertEquals(refusal, "Cannot answer: a scrape by UDP has no token");
});

/** Scrapes a UDP tracker and gives its error. */
class UdpScrape implements Disposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #tracker: Deno.NetAddr;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#tracker = { transport: "udp", hostname, port: Number(port) };
  }

  async scrape(): Promise<string> {
    const connect = new Uint8Array(16);
    new DataView(connect.buffer).setBigUint64(0, 0x41727101980n);
    const { buffer, byteOffset } = await this.#ask(connect);
    const scrape = new Uint8Array(36);
    scrape.set(new Uint8Array(buffer, byteOffset + 8, 8));
    scrape[11] = 2;
    const answer = await this.#ask(scrape);
    assertEquals(answer[3], 3);
    return new TextDecoder().decode(answer.subarray(8));
  }

  async #ask(bytes: Uint8Array): Promise<Uint8Array> {
    await this.#socket.send(bytes, this.#tracker);
    return (await this.#socket.receive())[0];
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
