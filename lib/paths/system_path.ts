import { basename as posixBasename } from "@std/path/posix/basename";
import { dirname as posixDirname } from "@std/path/posix/dirname";
import { fromFileUrl as posixFromFileUrl } from "@std/path/posix/from-file-url";
import { isAbsolute as posixIsAbsolute } from "@std/path/posix/is-absolute";
import { join as posixJoin } from "@std/path/posix/join";
import { resolve as posixResolve } from "@std/path/posix/resolve";
import { basename as windowsBasename } from "@std/path/windows/basename";
import { dirname as windowsDirname } from "@std/path/windows/dirname";
import { fromFileUrl as windowsFromFileUrl } from "@std/path/windows/from-file-url";
import { isAbsolute as windowsIsAbsolute } from "@std/path/windows/is-absolute";
import { join as windowsJoin } from "@std/path/windows/join";
import { resolve as windowsResolve } from "@std/path/windows/resolve";

/**
 * The paths of the system that this runs on, by the standard library. Its own choice between systems
 * is not used: that has the runtime load what it has for Node, a sixth of the time that a short
 * command takes.
 */
const isWindows = Deno.build.os === "windows";

/** What stands between the parts of a path. */
export const SEPARATOR: "/" | "\\" = isWindows ? "\\" : "/";

/** The last part of a path, without a suffix if one is named. */
export const basename: (path: string, suffix?: string) => string = isWindows
  ? windowsBasename
  : posixBasename;

/** The folder of a path. */
export const dirname: (path: string) => string = isWindows ? windowsDirname : posixDirname;

/** The path of a file that a `file:` URL names. */
export const fromFileUrl: (url: string | URL) => string = isWindows
  ? windowsFromFileUrl
  : posixFromFileUrl;

/** Whether a path does not depend on the folder that one is in. */
export const isAbsolute: (path: string) => boolean = isWindows
  ? windowsIsAbsolute
  : posixIsAbsolute;

/** One path of several parts, without `.` and `..` where that can be. */
export const join: (...paths: string[]) => string = isWindows ? windowsJoin : posixJoin;

/** An absolute path of several parts, each beginning where those before it end. */
export function resolve(...paths: string[]): string {
  const resolveParts = isWindows ? windowsResolve : posixResolve;
  return paths.some(isAbsolute) ? resolveParts(...paths) : resolveParts(Deno.cwd(), ...paths);
}
