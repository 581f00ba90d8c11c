import { assertEquals, assertStringIncludes } from "@std/assert";
import { refusalOf, Scene } from "./scene.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

const FILM = randomBytes(seededRandom(77), 300_000);

/** What each command needs, and lacks. */
const CASES: readonly { args: readonly string[]; given: readonly string[]; lacks: string }[] = [
  { args: ["tracker", "--port", "0"], given: [], lacks: "--allow-net" },
  { args: ["share", "film.bin"], given: [], lacks: "--allow-read" },
  { args: ["share", "film.bin"], given: ["--allow-read"], lacks: "--allow-net" },
  { args: ["get", "film.bin"], given: ["--allow-read"], lacks: "--allow-net" },
  {
    args: ["get", "film.bin"],
    given: ["--allow-read", "--allow-write", "--allow-net=0.0.0.0"],
    lacks: "--allow-net",
  },
  { args: ["get", "film.bin"], given: ["--allow-net"], lacks: "--allow-read" },
  {
    args: ["get", "film.bin.torrent"],
    given: ["--allow-net", "--allow-read"],
    lacks: "--allow-write",
  },
  { args: ["list"], given: [], lacks: "--allow-net" },
  { args: ["chunk", "film.bin"], given: [], lacks: "--allow-read" },
  { args: ["chunk", "film.bin"], given: ["--allow-read"], lacks: "--allow-write" },
  { args: ["create", "film.bin", "--out", "x"], given: ["--allow-read"], lacks: "--allow-write" },
  { args: ["info", "film.bin.torrent"], given: [], lacks: "--allow-read" },
  { args: ["demo"], given: ["--allow-read"], lacks: "--allow-write" },
];

Deno.test("e2e: a missing permission ends with status 77 and one line that names the flag", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "film.bin": FILM, "mv1.mp4": FILM });
  assertEquals((await scene.run(library, ["create", "film.bin"])).code, 0);
  for (let at = 0; at < CASES.length; at += 4) {
    await Promise.all(
      CASES.slice(at, at + 4).map(async ({ args, given, lacks }) => {
        const outcome = await scene.run(library, args, { permissions: given });
        assertStringIncludes(refusalOf(outcome, 77), lacks, args.join(" "));
      }),
    );
  }
});

Deno.test("e2e: the commands need no permissions that they do not use", async () => {
  await using scene = await Scene.open();
  const library = await scene.library("library", { "film.bin": FILM });
  const read = ["--allow-read"];
  const write = ["--allow-read", "--allow-write"];
  const commands = [
    { args: ["help"], permissions: [] },
    { args: ["get", "--help"], permissions: [] },
    { args: ["create", "film.bin"], permissions: write },
    { args: ["chunk", "film.bin"], permissions: write },
    { args: ["merge", "film.bin"], permissions: write },
    { args: ["info", "film.bin.torrent"], permissions: read },
    { args: ["verify", "film.bin.torrent"], permissions: read },
  ];
  for (const { args, permissions } of commands) {
    const { code, stderr } = await scene.run(library, args, { permissions });
    assertEquals({ args, code, stderr }, { args, code: 0, stderr: [] });
  }
});
