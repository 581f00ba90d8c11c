import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  AddressRefusedError,
  type Connection,
  DeadlineError,
  type Listener,
  ListenerClosedError,
  systemClock,
  tcpTransport,
  TlsError,
  type TlsIdentity,
  type TlsProblem,
  tlsTransport,
  withDeadline,
} from "../../lib/net/mod.ts";
import {
  AUTHORITY_AS_SERVER,
  EARLY_CERTIFICATE,
  EXPIRED_CERTIFICATE,
  OTHER_CERTIFICATE,
  OWN_CERTIFICATE,
  TEST_AUTHORITY,
  TEST_CERTIFICATE,
  TEST_KEY,
} from "../vectors/tls_certificates.ts";
import { readAll, testTransport } from "./conformance.ts";

const HOST = "127.0.0.1";
const IDENTITY = { cert: TEST_CERTIFICATE, key: TEST_KEY };
const server = tlsTransport({ identity: IDENTITY });
const client = tlsTransport({ caCerts: [TEST_AUTHORITY] });

testTransport("tlsTransport", () => {
  const listeners: Listener[] = [];
  return {
    ...{ client, host: HOST },
    server: {
      ...server,
      listen(address) {
        const listener = server.listen(address);
        listeners.push(listener);
        return listener;
      },
    },
    // It always accepts ahead, and what ends of that ends in a later turn.
    async released() {
      for (const listener of listeners.splice(0)) await listener.ended?.();
      await client.ended?.();
    },
  };
});

/** The error of a dial to a server with a certificate, by who trusts an authority. */
async function errorOf(cert: string, caCerts: readonly string[]): Promise<TlsError> {
  using listener = tlsTransport({ identity: { cert, key: TEST_KEY } }).listen({
    host: HOST,
    port: 0,
  });
  const dial = () => tlsTransport({ caCerts }).dial(listener.address);
  return await assertRejects(dial, TlsError);
}

Deno.test("tlsTransport: a dial fails where the certificate is not right, and says what is wrong", async () => {
  const trusted = [TEST_AUTHORITY];
  const cases: readonly (readonly [
    cert: string,
    caCerts: readonly string[],
    problem: TlsProblem,
    message: RegExp,
  ])[] = [
    [TEST_CERTIFICATE, [], "untrusted", /no authority that is trusted here; --tls-ca FILE/],
    [TEST_CERTIFICATE, [OWN_CERTIFICATE], "untrusted", /no authority/],
    [OTHER_CERTIFICATE, trusted, "name", /is for another name; it is for other\.example$/],
    [EXPIRED_CERTIFICATE, trusted, "expired", /has expired; it needs a new one/],
    [EARLY_CERTIFICATE, trusted, "early", /is not valid yet/],
    [AUTHORITY_AS_SERVER, [AUTHORITY_AS_SERVER], "authority", /basicConstraints=CA:FALSE$/],
  ];
  for (const [cert, caCerts, problem, message] of cases) {
    const error = await errorOf(cert, caCerts);
    assertEquals(error.problem, problem, error.message);
    assertMatch(error.message, message);
  }
});

Deno.test("tlsTransport: a certificate that is its own authority will do, and a name is as good as an address", async () => {
  for (const cert of [OWN_CERTIFICATE, TEST_CERTIFICATE]) {
    const identity = { cert, key: TEST_KEY };
    using listener = tlsTransport({ identity }).listen({ host: HOST, port: 0 });
    const caCerts = [OWN_CERTIFICATE, TEST_AUTHORITY];
    for (const host of [HOST, "localhost"]) {
      using near = await tlsTransport({ caCerts }).dial({ host, port: listener.address.port });
      using far = await listener.accept();
      assertEquals(near.local, far.remote);
    }
  }
});

Deno.test("tlsTransport: certificate and key that cannot be used are told when it is to listen", () => {
  const cases: readonly (readonly [identity: TlsIdentity | undefined, problem: TlsProblem])[] = [
    [undefined, "certificate"],
    [{ cert: "nothing", key: TEST_KEY }, "certificate"],
    [{ cert: "", key: TEST_KEY }, "certificate"],
    [{ cert: TEST_CERTIFICATE, key: "nothing" }, "key"],
    [{ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE }, "key"],
    [{ cert: TEST_AUTHORITY, key: TEST_KEY }, "mismatch"],
  ];
  for (const [identity, problem] of cases) {
    const transport = tlsTransport(identity === undefined ? {} : { identity });
    const error = assertThrows(() => transport.listen({ host: HOST, port: 0 }), TlsError);
    assertEquals(error.problem, problem, error.message);
  }
});

Deno.test("tlsTransport: who does not speak TLS is told from who cannot be trusted, on both sides", async () => {
  using plain = tcpTransport.listen({ host: HOST, port: 0 });
  const answering = (async () => {
    using far = await plain.accept();
    await far.readable.getReader().read();
    const writer = far.writable.getWriter();
    await writer.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await writer.close();
  })();
  const error = await assertRejects(() => client.dial(plain.address), TlsError);
  assertEquals(error.problem, "plain");
  await answering;

  using listener = server.listen({ host: HOST, port: 0 });
  using near = await tcpTransport.dial(listener.address);
  using far = await listener.accept();
  const reading = far.readable.getReader().read();
  const writer = near.writable.getWriter();
  await writer.write(new Uint8Array(100));
  assertEquals((await assertRejects(() => reading, TlsError)).problem, "plain");
  far.close();
  // It is told so: an alert of TLS, and the end.
  const { value } = await near.readable.getReader().read();
  assertEquals(value?.subarray(0, 2), Uint8Array.of(0x15, 3));
});

Deno.test("tlsTransport: a server that hangs up before it has shown who it is fails the dial", async () => {
  using plain = tcpTransport.listen({ host: HOST, port: 0 });
  const hangingUp = plain.accept().then((connection) => connection.close());
  await assertRejects(() => client.dial(plain.address), Error);
  await hangingUp;
});

Deno.test("tlsTransport: a dial to a server that never answers ends with its deadline", async () => {
  using plain = tcpTransport.listen({ host: HOST, port: 0 });
  const dialing = withDeadline((signal) => client.dial(plain.address, { signal }), {
    clock: systemClock,
    ms: 50,
    message: "No answer",
  });
  using far = await plain.accept();
  await assertRejects(() => dialing, DeadlineError, "No answer");
  // Nothing of it is left open: the server reads the beginning of TLS, and then the end.
  const received = await withDeadline(() => readAll(far), {
    ...{ clock: systemClock, ms: 10_000, message: "It is left open" },
  });
  assertEquals(received.subarray(0, 2), Uint8Array.of(0x16, 3));
  await client.ended?.();
});

Deno.test("tlsTransport: nobody who is shut out is told who we are, by him or by us", async () => {
  const shutOut = { admits: (host: string) => host !== HOST, generation: 0 };
  using listener = tlsTransport({ identity: IDENTITY, addresses: shutOut }).listen({
    host: HOST,
    port: 0,
  });
  const accepting = assertRejects(() => listener.accept(), ListenerClosedError);
  using near = await tcpTransport.dial(listener.address);
  const ended = await near.readable.getReader().read().then(({ done }) => done, () => true);
  assert(ended);
  listener.close();
  await accepting;
  await listener.ended?.();

  using plain = tcpTransport.listen({ host: HOST, port: 0 });
  const { port } = plain.address;
  const filtered = tlsTransport({ caCerts: [TEST_AUTHORITY], addresses: shutOut });
  // An address is not connected to at all; what a name stands for is, and reads nothing.
  await assertRejects(() => filtered.dial({ host: HOST, port }), AddressRefusedError);
  const accepted = plain.accept();
  await assertRejects(() => filtered.dial({ host: "localhost", port }), AddressRefusedError);
  using far = await accepted;
  assertEquals(await readAll(far), new Uint8Array(0));
});

/** Sends back what comes, until it ends or fails. */
async function echo(connection: Connection): Promise<void> {
  using far = connection;
  await far.readable.pipeTo(far.writable).catch(() => undefined);
}

/** Accepts connections and sends back what they send, until the listener is closed. */
async function echoAll(listener: Listener): Promise<void> {
  const serving: Promise<void>[] = [];
  try {
    while (true) {
      serving.push(echo(await listener.accept()));
    }
  } catch {
    await Promise.all(serving);
  }
}

Deno.test("tlsTransport: those who never say who they are keep nobody else from being served", async () => {
  const listener = server.listen({ host: HOST, port: 0 });
  const served = echoAll(listener);
  const silent: Connection[] = [];
  // More of them than wait to be accepted.
  for (let count = 0; count < 100; count++) silent.push(await tcpTransport.dial(listener.address));
  {
    using near = await client.dial(listener.address);
    const writer = near.writable.getWriter();
    await writer.write(Uint8Array.of(1, 2, 3));
    assertEquals((await near.readable.getReader().read()).value, Uint8Array.of(1, 2, 3));
  }
  for (const connection of silent) connection.close();
  listener.close();
  await served;
});

Deno.test("tlsTransport: who is silent, or stops amid saying who he is, is gone when the server closes", async () => {
  for (const said of [[], [0x16], [0x16, 3, 1, 0, 200, 1]]) {
    using listener = server.listen({ host: HOST, port: 0 });
    using near = await tcpTransport.dial(listener.address);
    const writer = near.writable.getWriter();
    if (said.length > 0) await writer.write(Uint8Array.from(said));
    using far = await listener.accept();
    const reading = far.readable.getReader().read();
    // Whether it has arrived where TLS is spoken by now makes no difference.
    await new Promise((resolve) => setTimeout(resolve, 0));
    far.close();
    assert((await reading).done);
    const end = await near.readable.getReader().read().then(({ done }) => done, () => true);
    assert(end, `${said}`);
    listener.close();
    await listener.ended?.();
  }
});

Deno.test("tlsTransport: connections that nobody accepted end with the listener", async () => {
  const listener = server.listen({ host: HOST, port: 0 });
  using near = await client.dial(listener.address);
  listener.close();
  const ended = await near.readable.getReader().read().then(({ done }) => done, () => true);
  assert(ended);
});
