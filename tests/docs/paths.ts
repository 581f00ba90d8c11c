import { globToRegExp } from "@std/path";

/** Folders whose contents come and go with use. */
const GENERATED = /^(?:Chunks|dist|node_modules)(?:\/|$)/;

/** Endings by which a name alone is taken for a file of the project. */
const SOURCE_NAME = /^[\w.*-]+\.(?:ts|md|jsonc?|lock|sh|py|yml)$/;

/** A name written in capitals stands for what the reader puts there; these are real ones. */
const PLACEHOLDER = /^[A-Z][A-Z0-9_-]*(?:\.[A-Za-z0-9]+)*$/;
const REAL_CAPITALS = /^(?:README|LICENSE|CONTRIBUTING|CHANGELOG)(?:\.md)?$/;

/** A path that a document names, and where. */
export interface NamedPath {
  readonly path: string;
  readonly line: number;
  /** A link is relative to its document; a mention may be relative to the project or end a path. */
  readonly kind: "link" | "mention";
}

/** Blanks the fenced blocks, whose contents are examples, but keeps the count of lines. */
function withoutFences(markdown: string): string {
  return markdown.replace(
    /^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\2`*~* *$/gm,
    (block) => "\n".repeat(block.split("\n").length - 1),
  );
}

/** Whether some text in backticks looks like a file or folder of the project. */
function looksLikePath(text: string, folders: readonly string[]): boolean {
  if (!/^[\w.@*{},/-]+$/.test(text) || GENERATED.test(text.replace(/^\.\//, ""))) return false;
  const parts = text.replace(/^\.\//, "").replace(/\/$/, "").split("/");
  if (parts.some((part) => PLACEHOLDER.test(part) && !REAL_CAPITALS.test(part))) return false;
  if (text.includes("/")) {
    return folders.includes(parts[0] ?? "") || SOURCE_NAME.test(parts.at(-1) ?? "");
  }
  return SOURCE_NAME.test(text);
}

/** Finds the paths that a document names in links and in backticks, fenced blocks left out. */
export function namedPaths(markdown: string, folders: readonly string[]): NamedPath[] {
  const found: NamedPath[] = [];
  const text = withoutFences(markdown);
  const lineOf = (at: number): number => text.slice(0, at).split("\n").length;
  for (const match of text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^ {0,3}\[[^\]]+\]:\s*(\S+)/gm)) {
    const target = (match[1] ?? match[2] ?? "").replace(/[?#].*$/, "");
    if (target === "" || /^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    found.push({ path: decodeURI(target), line: lineOf(match.index), kind: "link" });
  }
  for (const match of text.matchAll(/(`+)([\s\S]*?[^`])\1(?!`)/g)) {
    const words = (match[2] ?? "").trim().split(/\s+/);
    for (const word of words) {
      const path = word.replace(/:\d+(?::\d+)?$/, "");
      // In a command a name without a folder may be any file of the reader.
      if (words.length > 1 && !folders.includes(path.split("/")[0] ?? "")) continue;
      if (!looksLikePath(path, folders)) continue;
      found.push({ path, line: lineOf(match.index), kind: "mention" });
    }
  }
  return found;
}

/** Whether a named path exists among the files of the project (folders end in a slash). */
export function pathExists(named: NamedPath, document: string, files: readonly string[]): boolean {
  const resolved = new URL(named.path, `file:///${document}`).pathname.slice(1);
  if (GENERATED.test(resolved)) return true;
  const exists = (path: string): boolean => {
    const pattern = globToRegExp(path.replace(/\/$/, ""), { globstar: true });
    return files.some((file) => pattern.test(file.replace(/\/$/, "")));
  };
  if (exists(decodeURI(resolved))) return true;
  if (named.kind === "link") return false;
  const mention = named.path.replace(/^\.\//, "");
  return exists(mention) || exists(`**/${mention}`);
}
