/** Run as a process of its own: takes the lock that it is given, says so, and holds it until killed. */
import { denoFileLayer } from "../../lib/storage/mod.ts";
import { StoreLock } from "../../lib/storage/store_lock.ts";

await StoreLock.acquire(denoFileLayer, Deno.args[0] ?? "");
await Deno.stdout.write(new TextEncoder().encode("locked\n"));
await new Promise(() => setInterval(() => {}, 1_000));
