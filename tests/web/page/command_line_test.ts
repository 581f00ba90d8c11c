import { assertEquals } from "@std/assert";
import {
  commandLine,
  hostFor,
  operandFor,
  quoteWord,
  tokenIn,
} from "../../../lib/web/page/shared/command_line.js";

const DOORS = [
  { door: "http", host: "0.0.0.0", port: 6969, tls: false },
  { door: "tcp", host: "0.0.0.0", port: 6789, tls: false },
];

const HASH = "ab".repeat(20);

Deno.test({
  name: "command line: a shell takes every word as it is",
  ignore: Deno.build.os === "windows",
  async fn() {
    const words = [
      "plain.mp4",
      "two words",
      "it's",
      "$(reboot)",
      "`id`",
      "a;b|c&d>e",
      "*",
      "~",
      "",
    ];
    const line = `printf '%s\\n' ${words.map(quoteWord).join(" ")}`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", line] }).output();
    assertEquals(new TextDecoder().decode(stdout), words.map((word) => `${word}\n`).join(""));
  },
});

Deno.test("command line: the tracker is named by a host, and a token is no option", () => {
  const reached = { doors: DOORS, host: "192.0.2.7" };
  assertEquals(
    commandLine(["get", "my film.mp4"], reached),
    "sluice get 'my film.mp4' --tracker 192.0.2.7:6789",
  );
  assertEquals(
    commandLine(["get", "a"], { ...reached, host: "[2001:db8::1]", token: "s3 cret" }),
    "SLUICE_TOKEN='s3 cret' sluice get a --tracker '[2001:db8::1]:6789'",
  );
  assertEquals(
    commandLine(["get", "a"], { ...reached, token: "sluice", program: "deno run main.ts" }),
    "SLUICE_TOKEN=sluice deno run main.ts get a --tracker 192.0.2.7:6789",
  );
  const secure = DOORS.map((door) => ({ ...door, tls: true }));
  assertEquals(
    commandLine(["get", "a"], { doors: secure, host: "t.example" }),
    "sluice get a --tracker tls://t.example:6789",
  );
});

Deno.test("command line: a file is named by its info-hash where its name does not do", () => {
  const file = { name: "a.mp4", infoHash: HASH, state: "published" };
  assertEquals(operandFor(file, [file]), "a.mp4");
  assertEquals(operandFor(file, [file, { name: "a.mp4" }]), HASH);
  assertEquals(operandFor({ ...file, state: "claimed" }, [file]), HASH);
  for (const name of ["", "-rf", "a\u202eb", "x.torrent", "magnet:?x", HASH, "a/b"]) {
    assertEquals(operandFor({ ...file, name }, [{ name }]), HASH, name);
  }
});

Deno.test("command line: the host is that of the announce URLs, or else of the page", () => {
  const hosts = [["http://192.0.2.7:6969/announce", "udp://192.0.2.8/"], [
    "http://[2001:db8::1]/a",
  ]];
  assertEquals(hosts.map((announceUrls) => hostFor({ announceUrls }, "localhost")), [
    ...["192.0.2.7", "[2001:db8::1]"],
  ]);
  for (const tracker of [{}, { announceUrls: [] }, { announceUrls: ["junk"] }]) {
    assertEquals(hostFor(tracker, "localhost"), "localhost");
  }
});

Deno.test("command line: the token is that of the path", () => {
  assertEquals(tokenIn("/"), undefined);
  assertEquals(tokenIn("/a%20b/"), "a b");
});
