/** Uses every path function, in a process where whoever asks for what the runtime has for Node fails. */
// deno-lint-ignore-file no-console
Object.defineProperty(globalThis, "process", {
  get: () => {
    throw new Error("What the runtime has for Node was loaded");
  },
});
const paths = await import("../../lib/paths/mod.ts");
const here = import.meta.url;
const results = [
  paths.join("a", "..", "b"),
  paths.dirname("a/b"),
  paths.basename("a/b.torrent", ".torrent"),
  String(paths.isAbsolute("a")),
  paths.resolve("a"),
  paths.resolve("/a", "b"),
  String(paths.fromFileUrl(here).endsWith("without_node.ts")),
];
console.log(results.join("\n"));
