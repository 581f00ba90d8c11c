import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { reportsOf, Scene } from "../e2e/scene.ts";
import { reasonToSkip } from "./partner.ts";
import { type Sample, SAMPLES } from "./swarm.ts";

const missing = reasonToSkip("transmission-show", ["--version"]);

/** Factors of the units that transmission-show rounds sizes to. */
const UNITS: Readonly<Record<string, number>> = {
  "kB": 1e3,
  "MB": 1e6,
  "KiB": 2 ** 10,
  "MiB": 2 ** 20,
};

/** A size as transmission-show has it, and what it can be at least and at most. */
function rangeOf(text: string): readonly [number, number] {
  const [, digits = "", decimals = "", unit = ""] = /^(\d+(?:\.(\d+))?) (\w+)$/.exec(text) ?? [];
  const factor = UNITS[unit] ?? NaN;
  // Some are rounded, some cut off.
  const step = factor * 10 ** -decimals.length;
  return [Number(digits) * factor - step, Number(digits) * factor + step];
}

function assertSize(text: string, bytes: unknown): void {
  const [low, high] = rangeOf(text);
  assertEquals(low <= Number(bytes) && Number(bytes) <= high, true, `${text} is not ${bytes}`);
}

/** The values of the section GENERAL by their names, and the sizes of the files by their paths. */
async function shown(torrent: string): Promise<
  { readonly values: ReadonlyMap<string, string>; readonly files: ReadonlyMap<string, string> }
> {
  const { code, stdout } = await new Deno.Command("transmission-show", {
    args: [torrent],
    env: { LC_ALL: "C.UTF-8" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, text);
  const [general = "", files = ""] = text.slice(text.indexOf("GENERAL")).split("\nFILES\n");
  const values = [...general.matchAll(/^ {2}([\w ]+): (.*)$/gm)];
  const sizes = [...files.matchAll(/^ {2}(.*) \(([^()]*)\)$/gm)];
  return {
    values: new Map(values.map(([, name = "", value = ""]) => [name, value])),
    files: new Map(sizes.map(([, path = "", size = ""]) => [path, size])),
  };
}

async function assertSameView(
  scene: Scene,
  { name, files, pieceLength }: Sample,
  flags: readonly string[],
): Promise<void> {
  const full = await scene.folder("full", files);
  const torrent = join(scene.path, `${name}.torrent`);
  const create = ["create", join(full, name), "--out", torrent, "--piece-length", pieceLength];
  reportsOf(await scene.run(full, [...create, ...flags, "--json"]));
  const [info] = reportsOf(await scene.run(full, ["info", torrent, "--json"]));
  const { values, files: sizes } = await shown(torrent);
  const privacy = info?.privacy === "private" ? "Private torrent" : "Public torrent";
  assertEquals(
    ["Name", "Hash", "Created by", "Piece Count", "Privacy"].map((key) => values.get(key)),
    [info?.name, info?.infoHash, info?.createdBy, String(info?.chunks), privacy],
  );
  assertSize(values.get("Piece Size") ?? "", info?.pieceLength);
  assertSize(values.get("Total Size") ?? "", info?.bytes);
  const paths = (info?.files as { path: string; length: number }[]).map(({ path, length }) => {
    assertSize(sizes.get(path) ?? "", length);
    return path;
  });
  assertEquals(paths.toSorted(), [...sizes.keys()].toSorted());
}

Deno.test({
  name: `interop: info and transmission-show see the same in a torrent file${missing}`,
  ignore: missing !== "",
  async fn() {
    await using scene = await Scene.open();
    for (const sample of SAMPLES) {
      const flags = sample.name === "film.bin" ? ["--private"] : [];
      await assertSameView(scene, sample, flags);
    }
  },
});
