import { assertEquals, assertFalse } from "@std/assert";
import { AnnounceClient, hasNoKey, redactUrl } from "../../../lib/tracker/client/mod.ts";
import { samplePeerId } from "../sample_torrents.ts";

Deno.test({
  name: "an announce URL is shown without what may be a key: user, query, and parts of the path",
  permissions: "none",
  fn() {
    const cases = [
      ["http://t.example:6969/s3cret/announce", "http://t.example:6969/.../announce"],
      ["udp://[2001:db8::7]:6969/s3cret/announce", "udp://[2001:db8::7]:6969/.../announce"],
      ["https://t.example/announce.php?passkey=s3cret", "https://t.example/announce.php?..."],
      ["https://t.example/announce/s3cret", "https://t.example/announce/..."],
      ["https://me:s3cret@t.example/announce", "https://...@t.example/announce"],
      ["https://t.example/a/s3cret/announce#s3cret", "https://t.example/.../.../announce#..."],
      ["t.example:6969/s3cret/announce", "t.example:6969/.../announce"],
      ["s3cret@t.example:1", "...@t.example:1"],
    ];
    for (const [url = "", shown = ""] of cases) {
      assertEquals(redactUrl(url), shown);
      assertFalse(hasNoKey(url), url);
    }
    for (const url of ["http://t.example/announce", "udp://t.example:6969", "http://t.example/"]) {
      assertEquals(redactUrl(url), url);
    }
  },
});

Deno.test({
  name: "URLs to which nobody can announce are named without their keys",
  permissions: "none",
  fn() {
    let message = "";
    try {
      new AnnounceClient({
        tiers: [["wss://t.example/s3cret/announce"]],
        peerId: samplePeerId(1),
        port: 1,
      });
    } catch (error) {
      message = `${error}`;
    }
    assertEquals(
      message,
      "TypeError: Cannot announce to wss://t.example/.../announce: it takes http, https and udp URLs",
    );
  },
});
