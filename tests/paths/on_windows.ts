/** Prints what the path functions make of the paths in its arguments, as if this were Windows. */
// deno-lint-ignore-file no-console
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os: "windows" } });
const { basename, dirname, fromFileUrl, isAbsolute, join, SEPARATOR } = await import(
  "../../lib/paths/mod.ts"
);
console.log(JSON.stringify([
  SEPARATOR,
  fromFileUrl("file:///C:/a/b"),
  ...Deno.args.map((one) => [basename(one), dirname(one), isAbsolute(one), join(one, "..", "x")]),
]));
