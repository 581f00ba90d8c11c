import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { reportsOf, Scene } from "./scene.ts";

const ROOT = fromFileUrl(import.meta.resolve("../../"));

Deno.test("e2e: the demo moves a file from two seeders in under 30 s and shows it", async () => {
  await using scene = await Scene.open();
  const env = { TMPDIR: scene.path };
  const start = performance.now();
  const { code, stdout, stderr } = await scene.run(ROOT, ["demo"], { env });
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  assert(performance.now() - start < 30_000);
  assertMatch(stdout[0] ?? "", /^tracker {3}listens at 127\.0\.0\.1:\d+$/);
  const text = stdout.join("\n");
  assertMatch(text, /^seeder A {2}holds 3 of 6 chunks/m);
  assertMatch(text, /^seeder B {2}holds 3 of 6 chunks/m);
  for (let chunk = 1; chunk <= 6; chunk++) {
    const seeder = chunk % 2 === 1 ? "A" : "B";
    assertMatch(text, new RegExp(`^leecher   has chunk  ${chunk} from seeder ${seeder}  `, "m"));
  }
  assertMatch(
    stdout.at(-1) ?? "",
    /^done {6}mv1\.mp4 is byte-equal: 2\.70 MiB in .*3 chunks from seeder [AB], 3 chunks from seeder [AB]$/,
  );
  assertEquals([...Deno.readDirSync(scene.path)], [], "the demo left something behind");
});

Deno.test("e2e: the demo tells programs, too, from whom each chunk came", async () => {
  await using scene = await Scene.open();
  const reports = reportsOf(await scene.run(ROOT, ["demo", "--json"]));
  assertEquals(new Set(reports.map(({ type }) => type)), new Set(["demo"]));
  const steps = reports.map(({ step }) => step);
  assertEquals(
    [...new Set(steps)],
    ["tracker", "seeder", "leecher", "chunk", "done"],
  );
  assertEquals(steps.filter((step) => step === "chunk").length, 6);
  assertEquals(reports.at(-1)?.from, { "seeder A": 3, "seeder B": 3 });
});

Deno.test("e2e: the demo brings its own mv1.mp4 to a folder that has none, and leaves nothing there", async () => {
  await using scene = await Scene.open();
  const { code, stdout, stderr } = await scene.run(scene.path, ["demo"]);
  assertEquals([code, stderr], [0, []]);
  assertMatch(stdout.at(-1) ?? "", /^done +mv1\.mp4 is byte-equal/);
  assertEquals(await Array.fromAsync(Deno.readDir(scene.path)), []);
});
