import { assertEquals } from "@std/assert";
import {
  advertiseTracker,
  browseTrackers,
  type LocalTracker,
} from "../../lib/cli/local_trackers.ts";
import { MemoryMulticast } from "../../lib/net/mod.ts";

Deno.test("local trackers: what is found says whether it wants a token and whether it speaks TLS", async () => {
  const address = { host: "10.0.0.1", port: 6789 };
  const kinds: readonly Omit<LocalTracker, "address">[] = [
    { admission: "open", security: "plain" },
    { admission: "open", security: "tls" },
    { admission: "token", security: "plain" },
    { admission: "token", security: "tls" },
  ];
  for (const kind of kinds) {
    const multicast = new MemoryMulticast();
    const over = new AbortController();
    await using _told = await advertiseTracker(
      { address, ...kind },
      multicast.machine(address.host),
    );
    const found = browseTrackers({
      ...{ host: "10.0.0.2", signal: over.signal },
      transport: multicast.machine("10.0.0.2"),
    });
    assertEquals((await found.next()).value, { address, ...kind });
    over.abort();
    await found.return(undefined);
  }
});
