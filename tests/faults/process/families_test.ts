import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Families, Machines, NO_MACHINES } from "../../e2e/machines.ts";
import { assertContent, reportsOf, Scene } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { filmOf, IN_PIECES } from "./transfers.ts";

const FILM = filmOf(11, 64);

/** Who has which addresses. */
interface Case {
  readonly what: string;
  readonly tracker: Families;
  readonly seeder: Families;
  readonly leechers: readonly Families[];
}

const CASES: readonly Case[] = [
  { what: "IPv4", tracker: "ipv4", seeder: "ipv4", leechers: ["ipv4", "ipv4"] },
  { what: "IPv6", tracker: "ipv6", seeder: "ipv6", leechers: ["ipv6", "ipv6"] },
  // Who has only IPv6 gets all from those that have both, who get it from the seeder.
  {
    what: "both, with a seeder of IPv4,",
    tracker: "both",
    seeder: "ipv4",
    leechers: ["both", "ipv6"],
  },
  {
    what: "both, with a seeder of IPv6,",
    tracker: "both",
    seeder: "ipv6",
    leechers: ["both", "ipv4"],
  },
];

/** The addresses at which a tracker knows members of a swarm. */
async function knownHosts(
  scene: Scene,
  machines: Machines,
  infoHash: string,
): Promise<Set<unknown>> {
  const ask = ["peers", infoHash, "--tracker", "localhost:6789", "--json"];
  const peers = reportsOf(await scene.run(scene.path, ask, machines.on("tracker")));
  return new Set(peers.map(({ host }) => host));
}

for (const door of ["own", "http", "udp"] as const) {
  // The other doors with IPv4 alone are what all other tests have.
  for (const { what, tracker, seeder, leechers } of CASES.slice(door === "own" ? 0 : 1)) {
    Deno.test({
      name: `faults: in a swarm of ${what} all exchange and end, by the ${door} door${NO_MACHINES}`,
      ignore: NO_MACHINES !== "",
      async fn() {
        await using scene = await Scene.open();
        const names = ["tracker", "seeder", ...leechers.map((_, at) => `leecher${at}`)];
        const families = [tracker, seeder, ...leechers];
        const byName = Object.fromEntries(names.map((name, at) => [name, families[at] ?? "ipv4"]));
        using machines = new Machines(names, byName);
        await using processes = new AsyncDisposableStack();
        const start = (name: string, folder: string, args: readonly string[]): Sluice =>
          processes.use(scene.start(folder, args, machines.on(name)));
        const served = start("tracker", scene.path, ["tracker", "--host", "::", "--json"]);
        await served.report("ready");
        const urlOf = (family: Families): string => {
          const host = family === "ipv4" ? machines.address(0) : `[${machines.address6(0)}]`;
          return door === "own" ? `${host}:6789` : `${door}://${host}:6969/announce`;
        };
        const flagsOf = (family: Families) => [
          ...["--no-discovery", "--json", "--host", family === "ipv4" ? "0.0.0.0" : "::"],
          ...["--tracker", urlOf(family)],
          ...family === "both" && door !== "own" ? ["--tracker", urlOf("ipv4")] : [],
        ];
        const alice = await scene.library("alice", { "film.bin": FILM });
        reportsOf(await scene.run(alice, ["create", "film.bin", ...IN_PIECES, "--json"]));
        const torrent = join(alice, "film.bin.torrent");
        const share = ["seed", torrent, "--up", "8M", ...flagsOf(seeder)];
        const serving = start("seeder", alice, share);
        const { infoHash } = await serving.report("seeding");
        const gets: Sluice[] = [];
        for (const [at, family] of leechers.entries()) {
          const folder = await scene.folder(`leecher${at}`);
          gets.push(start(`leecher${at}`, folder, ["get", torrent, "--stay", ...flagsOf(family)]));
        }
        for (const get of gets) {
          await get.report("done");
          await assertContent(join(get.cwd, "Original_Files", "film.bin"), FILM);
        }
        const known = await knownHosts(scene, machines, String(infoHash));
        for (const [at, family] of families.entries()) {
          if (at === 0) continue;
          const hosts = [machines.address(at), machines.address6(at)];
          const [isIpv4Known = false, isIpv6Known = false] = hosts.map((host) =>
            known.delete(host)
          );
          // Who has both is reached by one of them at least.
          assertEquals(isIpv4Known || isIpv6Known, true, `${names[at]} is not known`);
          if (family !== "both") assertEquals(isIpv4Known, family === "ipv4", names[at]);
        }
        assertEquals([...known], [], "addresses that nobody has, or in another spelling");
      },
    });
  }
}
