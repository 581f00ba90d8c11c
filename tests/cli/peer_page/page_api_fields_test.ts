import { assert, assertEquals } from "@std/assert";
import { createTorrent, Simulation } from "../../peer/simulation.ts";
import { ask, openSamplePage } from "./sample_page.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../../docs/peer_page.md", import.meta.url));
const PIECE = 16 * 1024;

/** The first part of the document that fits, or nothing. */
function part(pattern: RegExp): string {
  return pattern.exec(DOCUMENT)?.[1] ?? "";
}

/** Words that are set apart by commas, in order. */
function listed(text: string): string[] {
  return text.split(/,\s*/).toSorted();
}

/** The names of fields, in order. */
function fieldsOf(value: unknown): string[] {
  assert(typeof value === "object" && value !== null);
  return Object.keys(value).toSorted();
}

Deno.test("peer page: docs/peer_page.md names the fields of its API, no more and no fewer", async () => {
  await using sim = new Simulation(31);
  const torrent = await createTorrent({ name: "clip.mp4", length: 40 * PIECE });
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 2 * PIECE });
  const here = sim.leech("leecher", torrent, { peers: [seeder.address] });
  await sim.until(() => here.store.held.count >= 2, 60_000);
  await using page = openSamplePage(sim, sim.nodes.at(-1)!);

  const { body: peer } = await ask(`${page.url}api/v1/peer`);
  const [, fields = "", limits = ""] =
    /`GET api\/v1\/peer` \| `\{(.*), limits: \{(.*)\}\}`/.exec(DOCUMENT) ?? [];
  assertEquals(fieldsOf(peer), [...listed(fields), "limits"].toSorted());
  assertEquals(fieldsOf(peer.limits), listed(limits));

  const { body: all } = await ask(`${page.url}api/v1/transfers`);
  assertEquals(
    fieldsOf(all),
    listed(part(/`GET api\/v1\/transfers` \| `\{(\w+): \[Transfer\]\}`/)),
  );
  const [transfer] = all.transfers as Record<string, unknown>[];
  assert(transfer !== undefined);
  // What is in brackets tells of the field before it; the map is the last one.
  const told = part(/^A `Transfer` has (.*?`map`): /ms).replaceAll(/\([^)]*\)/g, "");
  const names = [...told.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  assertEquals(fieldsOf(transfer), names.toSorted());
  for (
    const [name, pattern] of [
      ["peers", /`peers` \(each `\{([^}]*)\}`\)/],
      ["files", /`files` \([^)]*each `\{([^}]*)\}`/],
    ] as const
  ) {
    const [first] = transfer[name] as unknown[];
    assertEquals(fieldsOf(first), listed(part(pattern)), name);
  }
});

Deno.test("peer page: docs/peer_page.md names what may be asked for, and it is there", async () => {
  await using sim = new Simulation(32);
  const torrent = await createTorrent({ name: "clip.mp4", length: PIECE });
  sim.seed("seeder", torrent);
  await using page = openSamplePage(sim, sim.nodes.at(-1)!);
  const rows = [...DOCUMENT.matchAll(/^\| `(GET|POST|PATCH) (\S+?)(?:\/\{file index\})?`/gm)];
  const asked = rows.map(([, method, path]) => `${method} ${path}`);
  assert(asked.length >= 7, asked.join());
  for (const [row, method = "", path = ""] of rows) {
    const place = row.includes("file index") ? `${path}/0` : path;
    const response = await fetch(
      page.url + place.replace("{infoHash}", torrent.info.infoHash),
      { method, ...method === "PATCH" && { body: '{"limits": {}}' } },
    );
    assertEquals(response.status, 200, row);
    await response.body?.cancel();
  }
});
