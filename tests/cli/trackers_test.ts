import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Arguments } from "../../lib/cli/arguments.ts";
import { chooseOwnTracker, chooseTrackers, nameOf } from "../../lib/cli/cli_trackers.ts";
import { CliError } from "../../lib/cli/cli_error.ts";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { COMMON_FLAGS, TRACKER_FLAGS } from "../../lib/cli/flags.ts";
import { Output } from "../../lib/cli/output.ts";
import { MAX_PEM_BYTES } from "../../lib/cli/limits.ts";
import { readIdentity, secureFetch, secureTransport } from "../../lib/cli/tls_files.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "../vectors/tls_certificates.ts";

function parse(...words: string[]): Arguments {
  return new Arguments(words, [...COMMON_FLAGS, ...TRACKER_FLAGS]);
}

function named(...texts: string[]): Arguments {
  return parse(...texts.map((text) => `--tracker=${text}`));
}

function refusal(run: () => unknown): string {
  const { message } = assertThrows(run, CliError);
  assertFalse(message.includes("\n"), message);
  assertFalse(message.includes("s3cret"), message);
  return message;
}

Deno.test({
  name:
    "trackers: those by TLS are told from others and from announce URLs, and named as they were",
  permissions: "none",
  fn() {
    const { trackers, announceUrls } = chooseTrackers(
      named(
        "a.example:1",
        "tls://b.example:2",
        "TLS://[2001:db8::7]",
        "tls://c.example/",
        "udp://d:3",
      ),
    );
    assertEquals(trackers.map(nameOf), [
      "a.example:1",
      "tls://b.example:2",
      "tls://[2001:db8::7]:6789",
      "tls://c.example:6789",
    ]);
    assertEquals(trackers.map(({ security }) => security), ["plain", "tls", "tls", "tls"]);
    assertEquals(announceUrls, ["udp://d:3"]);
  },
});

Deno.test({
  name: "trackers: what is none is refused in one line, without what may be a token in it",
  permissions: "none",
  fn() {
    for (
      const text of ["tls://", "tls://a:b", "tls://a:0", "tls://a:1/s3cret", "a:1/s3cret/announce"]
    ) {
      assertStringIncludes(refusal(() => chooseTrackers(named(text))), "it must be HOST:PORT");
    }
    for (const text of ["udp://a/s3cret/announce", "wss://s3cret@a:1/announce?key=s3cret"]) {
      assertStringIncludes(
        refusal(() => chooseTrackers(named(text))),
        "for udp it names the port; a tracker of Sluice is HOST:PORT or tls://HOST:PORT",
      );
    }
    assertStringIncludes(
      refusal(() => chooseOwnTracker(named("http://a:1/s3cret/announce"))),
      "Cannot ask http://a:1/.../announce: only a tracker of Sluice",
    );
  },
});

/** Runs something with a folder of these files. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  use: (path: (name: string) => string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), content, { mode: 0o600 });
    }
    use((name) => join(folder, name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The identity that the flags of a tracker name. */
function identity(...words: string[]) {
  const flags = COMMANDS.find(({ name }) => name === "tracker")?.flags ?? [];
  const args = new Arguments(words, [...COMMON_FLAGS, ...flags]);
  return readIdentity({ args, output: new Output(parse("--quiet")) });
}

Deno.test("trackers: certificate and key are read, both or neither, and what is none is named", async () => {
  const encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
  await withFiles(
    { "cert.pem": TEST_CERTIFICATE, "key.pem": TEST_KEY, "secret.pem": encrypted, empty: "" },
    (path) => {
      const [cert, key] = [["--tls-cert", path("cert.pem")], [
        "--tls-key",
        path("key.pem"),
      ]] as const;
      assertEquals(identity(), undefined);
      assertEquals(identity(...cert, ...key), {
        cert: TEST_CERTIFICATE.trimEnd(),
        key: TEST_KEY.trimEnd(),
      });
      const cases: readonly (readonly [words: readonly string[], message: string])[] = [
        [cert, "Cannot use --tls-cert without --tls-key: TLS needs both"],
        [key, "Cannot use --tls-key without --tls-cert: TLS needs both"],
        [[...cert, "--tls-key", path("no")], "there is no such file"],
        [["--tls-cert", path("."), ...key], "--tls-cert"],
        [["--tls-cert", path("empty"), ...key], "there is none in PEM form in the file"],
        [["--tls-cert", path("key.pem"), ...key], "there is none in PEM form in the file"],
        [[...cert, "--tls-key", path("cert.pem")], "there is none in PEM form in the file"],
        [[...cert, "--tls-key", path("secret.pem")], 'it is encrypted; "openssl pkey" takes'],
      ];
      for (const [words, message] of cases) {
        assertStringIncludes(refusal(() => identity(...words)), message);
      }
    },
  );
});

Deno.test("trackers: an authority's certificate is read for both kinds of trackers, and must be one", async () => {
  await withFiles({ "ca.pem": TEST_CERTIFICATE, "other.pem": TEST_KEY }, (path) => {
    const right = parse("--tls-ca", path("ca.pem"));
    assertEquals(typeof secureTransport(right).dial, "function");
    const fetching = secureFetch(right);
    assertEquals(typeof fetching?.get, "function");
    fetching?.[Symbol.dispose]();
    assertEquals(secureFetch(parse()), undefined);
    for (const name of ["other.pem", "no.pem"]) {
      const wrong = parse("--tls-ca", path(name));
      for (const read of [secureTransport, secureFetch]) {
        assertStringIncludes(refusal(() => read(wrong)), path(name));
      }
    }
  });
});

Deno.test("trackers: a damaged certificate of an authority is refused at once, and the file is named", async () => {
  const [begin, end] = ["-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"];
  const damaged = {
    "no end": TEST_CERTIFICATE.slice(0, 300),
    "no letters": `${begin}!!!!\n${end}`,
    "no certificate": `${begin}AAAA\n${end}`,
    "second": `${TEST_CERTIFICATE}${begin}AAAA\n${end}`,
  };
  await withFiles(damaged, (path) => {
    for (const name of Object.keys(damaged)) {
      for (const read of [secureTransport, secureFetch]) {
        const message = refusal(() => read(parse("--tls-ca", path(name))));
        assertStringIncludes(message, `Cannot use the certificate in ${path(name)}: it is damaged`);
      }
    }
  });
});

Deno.test("trackers: a file for TLS has a MiB at most, the end of its last line apart", async () => {
  const longest = TEST_CERTIFICATE.padEnd(MAX_PEM_BYTES, "#");
  await withFiles({ "longest.pem": `${longest}\n`, "longer.pem": `${longest}#\n` }, (path) => {
    const read = (name: string) => secureTransport(parse("--tls-ca", path(name)));
    assertEquals(typeof read("longest.pem").dial, "function");
    assertStringIncludes(refusal(() => read("longer.pem")), "it is longer than 1048576 bytes");
  });
});
