import { concatBytes } from "../../../lib/bytes/mod.ts";
import { assertWhole, createTorrent, Simulation } from "../../peer/simulation.ts";
import { textOf } from "../mutate_text.ts";
import { checkLine, type Kind } from "../target.ts";

const TORRENT = await createTorrent({ length: 4 * 16_384 - 1_000, pieceLength: 16_384 });

/** The time for a good peer to give the rest, in milliseconds. */
const SERVED_MS = 120_000;

/** An answer as lines: its status, its headers, and behind an empty line how its body begins. */
function responseOf(text: string, range: string, data: Uint8Array): Response {
  const [head = "", ...rest] = text.split("\n\n");
  const [status = "", ...lines] = head.split("\n");
  const headers = new Headers();
  for (const line of lines) {
    const [name = "", value = ""] = line.split(/: (.*)/s);
    try {
      headers.append(name, value.replace("RANGE", range));
    } catch {
      // No server can send it.
    }
  }
  const code = Math.min(599, Math.max(200, Math.abs(Number.parseInt(status)) || 200));
  const isEmpty = [204, 205, 304].includes(code);
  const body = concatBytes([new TextEncoder().encode(rest.join("\n\n")), data]);
  return new Response(isEmpty ? null : body, { status: code, headers });
}

/** A web server that answers what it likes to one that wants all; a good peer has the rest. */
export const WEB_SEED: Kind = {
  form: "text",
  corpus: [
    "206\ncontent-range: bytes RANGE/64536",
    "206\ncontent-range: bytes RANGE/*\n\nsomething else",
    "200",
    "302\nlocation: http://other.example/data.bin",
    "302\nlocation: http://127.0.0.1/admin?do=1",
    "404\ncontent-type: text/html\n\n<html>",
    "416\ncontent-range: bytes */64536",
    "503\nretry-after: 5",
  ].map((text) => new TextEncoder().encode(text)),
  async attempt(bytes, random) {
    await using sim = new Simulation(1);
    const faults: string[] = [];
    const fetch = (_url: string, init: RequestInit): Promise<Response> => {
      const [, start = "0", end = "0"] =
        /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get("range") ?? "") ?? [];
      const stop = Number(end) + (random() < 0.3 ? -5 : 1);
      const data = TORRENT.data.slice(Number(start), stop);
      return Promise.resolve(responseOf(textOf(bytes), `${start}-${end}`, data));
    };
    const torrent = sim.leech("node", TORRENT, {
      node: { fetch },
      webSeeds: ["http://mirror.example/data.bin"],
    });
    void torrent.watch().pipeTo(
      new WritableStream({
        write(event) {
          if ("url" in event) faults.push(event.reason);
        },
      }),
    );
    await sim.advance(random() < 0.5 ? 0 : 3_000);
    const outcome = torrent.store.held.isEmpty ? "refused" : "accepted";
    torrent.addPeers([sim.seed("good", TORRENT).address]);
    await sim.until(() => torrent.store.held.isFull, SERVED_MS);
    await assertWhole(torrent, TORRENT);
    for (const reason of faults) checkLine(reason.replaceAll(/[^ -~]/g, "?"));
    return { outcome, made: faults };
  },
};
