import { assertEquals } from "@std/assert";
import { infoHashFromHex, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { type AnnounceRequest, formatHttpAnnounce } from "../../../lib/tracker/mod.ts";

const REQUEST: AnnounceRequest = {
  infoHash: infoHashFromHex("05ff616263000102030405060708090a0b0c0d7e"),
  peerId: peerIdFromHex(
    "2d534c303130302d" + "202526 3d2b41 5a3937 2f".replaceAll(" ", "") + "0a00",
  ),
  ...{ port: 6881, uploaded: 1, downloaded: 2, left: 2 ** 40, event: "started", numWant: 100 },
};

const NOTHING_MORE = { key: 0x1f, trackerId: undefined };

Deno.test({
  name:
    "formatHttpAnnounce writes the keys of BEP 3, and escapes all of the ids that RFC 3986 reserves",
  permissions: "none",
  fn() {
    assertEquals(
      formatHttpAnnounce("http://tracker.example/announce", REQUEST, NOTHING_MORE),
      "http://tracker.example/announce" +
        "?info_hash=%05%FFabc%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D~" +
        "&peer_id=-SL0100-%20%25%26%3D%2BAZ97%2F%0A%00" +
        "&port=6881&uploaded=1&downloaded=2&left=1099511627776&compact=1&key=0000001f" +
        "&event=started&numwant=100",
    );
  },
});

Deno.test({
  name:
    "formatHttpAnnounce keeps the tracker's own query, drops a fragment, and says what is said only",
  permissions: "none",
  fn() {
    const url = formatHttpAnnounce(
      "https://tracker.example:8443/a/announce?passkey=x%20y#top",
      { ...REQUEST, event: "none", numWant: undefined },
      { key: 0xffffffff, trackerId: Uint8Array.of(0x26, 0x61) },
    );
    const [start, rest] = url.split("&info_hash=");
    assertEquals(start, "https://tracker.example:8443/a/announce?passkey=x%20y");
    assertEquals(
      rest?.split("&").slice(5),
      ["left=1099511627776", "compact=1", "key=ffffffff", "trackerid=%26a"],
    );
  },
});
