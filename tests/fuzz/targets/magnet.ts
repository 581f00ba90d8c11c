import {
  formatMagnet,
  MagnetError,
  MAX_MAGNET_LENGTH,
  parseMagnet,
} from "../../../lib/metainfo/mod.ts";
import {
  foldMapped,
  formatAddress,
  formatIp,
  ipBytes,
  isLoopback,
  isUnicast,
  parseAddress,
} from "../../../lib/net/mod.ts";
import { isWebSeedUrl } from "../../../lib/peer/mod.ts";
import { announceTiers, isAnnounceUrl } from "../../../lib/tracker/mod.ts";
import { BAD_MAGNET_LINKS, MAGNET_LINKS } from "../../vectors/magnet_links.ts";
import { textOf } from "../mutate_text.ts";
import { type Attempt, type FuzzTarget, parserAttempt, promise } from "../target.ts";

const utf8 = new TextEncoder();

/** A link in which what parts the others stands in every value. */
const ESCAPED = `magnet:?xt=urn:btih:${"a".repeat(40)}&dn=a%26b%3Dc%20%2B%25%23&so=0%2C2&` +
  "tr=http%3A%2F%2Fa.example%2F%3Fx%3D1%26y&ws=http%3A%2F%2Fb.example%2F%252f&x.pe=[::1]:6881";

const ADDRESSES = [
  "192.0.2.7:6789",
  "[2001:db8::7]:6789",
  "::ffff:192.0.2.7",
  "tracker.example:1",
  "localhost",
  "[fe80::1%eth0]:5",
  "1.2.3.4:65536",
];

const URLS = [
  "http://tracker.example/announce?key=1",
  "udp://[2001:db8::7]:6969/a",
  "https://mirror.example/pub/data.bin",
  "http://10.0.0.1/x?y",
  "udp://h",
];

function attemptLink(bytes: Uint8Array): Attempt {
  const text = textOf(bytes);
  return parserAttempt(() => parseMagnet(text), [MagnetError], (link) => {
    const written = formatMagnet(link);
    if (written.length > MAX_MAGNET_LENGTH) return;
    const again = parseMagnet(written);
    const same = JSON.stringify(again) === JSON.stringify(link);
    promise(same, `written and read again it is another: ${JSON.stringify([link, again])}`);
  });
}

function attemptAddress(bytes: Uint8Array): Attempt {
  const text = textOf(bytes);
  promise(foldMapped(foldMapped(text)) === foldMapped(text), "folded twice it is another");
  const ip = ipBytes(text);
  if (ip !== undefined) promise(ipBytes(formatIp(ip))?.join() === ip.join(), "it has other bytes");
  promise(!isLoopback(text) || ip === undefined || isUnicast(text), "loopback is one machine");
  return parserAttempt(() => parseAddress(text, { defaultPort: 1 }), [SyntaxError], (address) => {
    const again = parseAddress(formatAddress(address));
    promise(again.host === address.host && again.port === address.port, "it leads elsewhere");
  });
}

function attemptUrl(bytes: Uint8Array): Attempt {
  const text = textOf(bytes);
  const tiers = announceTiers([[text, text], []]);
  promise(
    tiers.flat().length === (isAnnounceUrl(text) ? 1 : 0),
    "a tracker is used as it is taken",
  );
  const isUsed = tiers.length > 0 || isWebSeedUrl(text);
  return { outcome: isUsed ? "accepted" : "refused", made: tiers };
}

/** Short texts that lead somewhere: magnet links, addresses, URLs. */
export const MAGNET: FuzzTarget = {
  quick: 300,
  kinds: {
    link: {
      form: "text",
      corpus: [...[...MAGNET_LINKS, ...BAD_MAGNET_LINKS].map(([text]) => text), ESCAPED]
        .map((text) => utf8.encode(text)),
      attempt: attemptLink,
    },
    address: {
      form: "text",
      corpus: ADDRESSES.map((text) => utf8.encode(text)),
      attempt: attemptAddress,
    },
    url: { form: "text", corpus: URLS.map((text) => utf8.encode(text)), attempt: attemptUrl },
  },
};
