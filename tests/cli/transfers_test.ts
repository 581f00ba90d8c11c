import { assertEquals } from "@std/assert";
import { infoHashFromHex } from "../../lib/bytes/mod.ts";
import { LiveLines } from "../../lib/cli/live_lines.ts";
import type { Loudness, Report } from "../../lib/cli/output.ts";
import { type TransferOutput, Transfers } from "../../lib/cli/transfers.ts";
import { tellServing } from "../../lib/cli/seeding.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import type { TorrentStatus } from "../../lib/peer/mod.ts";
import { createTorrent, Simulation } from "../peer/simulation.ts";
import { Screen } from "./screen.ts";
import { shownTransfer } from "./shown_transfer.ts";

/** What is told, in the order in which it is. */
class Told implements TransferOutput {
  readonly loudness: Loudness;
  readonly format: "text" | "json";
  readonly isLive: boolean;
  readonly reports: Report[] = [];
  readonly texts: string[] = [];
  readonly screen = new Screen();
  readonly clock = new FakeClock();
  readonly #lines = new LiveLines(this.screen, this.clock);

  constructor(kind: "text" | "json" | "live", loudness: Loudness = "normal") {
    this.loudness = loudness;
    this.format = kind === "json" ? "json" : "text";
    this.isLive = kind === "live";
    this.screen.columns = 60;
  }

  note(report: Report, text: string): void {
    this.reports.push(report);
    this.texts.push(text);
  }

  show(block: Parameters<LiveLines["show"]>[0]): Disposable {
    return this.#lines.show(block);
  }
}

function statusOf(name: string, changes: Partial<TorrentStatus> = {}): TorrentStatus {
  const digit = String(name.length % 10);
  return shownTransfer({ name, infoHash: infoHashFromHex(digit.repeat(40)), ...changes }).status;
}

Deno.test({
  name: "transfers: on a terminal all are in one block, from which each can go",
  async fn() {
    const told = new Told("live");
    const transfers = await Transfers.open(told, told.clock);
    const first = transfers.tell({ task: "fetch", status: () => statusOf("a.bin") });
    transfers.tell({ task: "fetch", status: () => statusOf("bcd.bin") });
    await told.clock.advance(200);
    const names = () => told.screen.lines.map((line) => line.split(" ")[0]);
    assertEquals(names(), ["a.bin", "", "bcd.bin", "", "0"]);
    transfers.tell({ task: "serve", status: () => statusOf("a.bin") });
    await told.clock.advance(200);
    assertEquals(names(), ["a.bin", "", "bcd.bin", "", "1"]);
    first[Symbol.dispose](); // the other one of the same torrent is in its place
    await told.clock.advance(200);
    assertEquals(names(), ["a.bin", "", "bcd.bin", "", "1"]);
    transfers[Symbol.dispose]();
    assertEquals([told.screen.text, told.screen.cursor, told.reports.length], ["", "shown", 0]);
  },
});

Deno.test({
  name: "transfers: elsewhere a download is told of every two seconds, to programs twice a second",
  async fn() {
    for (const [kind, count] of [["text", 2], ["json", 8]] as const) {
      const told = new Told(kind);
      using transfers = await Transfers.open(told, told.clock);
      const one = transfers.tell({ task: "fetch", status: () => statusOf("a.bin") });
      await told.clock.advance(4_000);
      assertEquals(told.reports.length, count, kind);
      assertEquals(told.texts[0], "a.bin: 25%, 10 of 40 chunks, 500 KiB/s, 2 peers, 31 s left");
      one[Symbol.dispose]();
      await told.clock.advance(4_000);
      assertEquals(told.reports.length, count, kind);
    }
  },
});

Deno.test({
  name: "transfers: elsewhere what is served is told of only when something of it has changed",
  async fn() {
    const told = new Told("json");
    using transfers = await Transfers.open(told, told.clock);
    let now = statusOf("a.bin", { uploaded: 0, upRate: 0, peers: [] });
    let copies = 1;
    transfers.tell({
      task: "serve",
      status: () => now,
      swarm: () => ({ seeders: 1, leechers: 0, copies }),
    });
    await told.clock.advance(60_000);
    assertEquals(told.reports, []);
    now = { ...now, uploaded: 5 };
    await told.clock.advance(60_000);
    assertEquals(told.reports.map(({ type, uploaded }) => [type, uploaded]), [["upload", 5]]);
    copies = 2;
    await told.clock.advance(60_000);
    assertEquals(told.reports.map(({ swarm }) => swarm), [
      { seeders: 1, leechers: 0, copies: 1 },
      { seeders: 1, leechers: 0, copies: 2 },
    ]);
  },
});

Deno.test({
  name:
    "transfers: in a log what is served has a line when bytes were sent, every ten seconds at most",
  async fn() {
    const told = new Told("text");
    using transfers = await Transfers.open(told, told.clock);
    let uploaded = 0;
    transfers.tell({
      task: "serve",
      status: () => statusOf("a.bin", { uploaded, upRate: uploaded }),
    });
    await told.clock.advance(60_000);
    assertEquals(told.texts, []);
    for (uploaded = 1; uploaded <= 20; uploaded++) await told.clock.advance(1_000);
    assertEquals(told.texts, [
      "a.bin: 10 B/s up, 10 B sent, 2 peers",
      "a.bin: 20 B/s up, 20 B sent, 2 peers",
    ]);
  },
});

Deno.test({
  name: "transfers: trackers are asked about swarms only where somebody is told what they say",
  async fn() {
    await using sim = new Simulation(1);
    const served = [...sim.seed("seeder", await createTorrent()).torrents.values()];
    const cases = [
      [new Told("live"), 1],
      [new Told("json"), 1],
      [new Told("text"), 0],
      [new Told("text", "quiet"), 0],
      [new Told("json", "quiet"), 0],
    ] as const;
    for (const [told, questions] of cases) {
      using transfers = await Transfers.open(told, told.clock);
      const asked = Promise.withResolvers<void>();
      let count = 0;
      const client = {
        listFiles() {
          count++;
          asked.resolve();
          return Promise.resolve({ total: 0, offset: 0, files: [] });
        },
      };
      using _telling = tellServing(transfers, { trackers: [{ client }] }, served);
      if (questions > 0) await asked.promise;
      assertEquals(count, questions);
    }
  },
});
