const HOST = "127.0.0.1";

/** Bytes by which the one end knows the other, which nobody else on this machine can know. */
const PROOF_LENGTH = 16;

/**
 * Gives two ends of a connection within this machine, and nobody else's: others may find the port, but do
 * not know what is sent first. Needs the permission `--allow-net`.
 *
 * @throws {Error} if the system has no more of them
 */
export async function loopbackPair(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: HOST, port: 0, transport: "tcp" });
  const near = await Deno.connect({ hostname: HOST, port: listener.addr.port, transport: "tcp" });
  try {
    near.setNoDelay(true);
    const proof = crypto.getRandomValues(new Uint8Array(PROOF_LENGTH));
    // So few bytes are taken at once.
    await near.write(proof);
    const far = await acceptFrom(listener, { port: near.localAddr.port, proof });
    far.setNoDelay(true);
    return [near, far];
  } catch (error) {
    near.close();
    throw error;
  }
}

async function acceptFrom(
  listener: Deno.TcpListener,
  expected: { readonly port: number; readonly proof: Uint8Array },
): Promise<Deno.TcpConn> {
  while (true) {
    const far = await listener.accept();
    // Only who was here before from the same place has to be read; he is gone, so that it does not wait.
    const { hostname, port } = far.remoteAddr;
    const isExpected = hostname === HOST && port === expected.port;
    if (isExpected && await beginsWith(far, expected.proof)) return far;
    far.close();
  }
}

/** Whether what comes begins with these bytes, and takes them out. */
async function beginsWith(far: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  const read = new Uint8Array(bytes.length);
  for (let at = 0; at < read.length;) {
    const count = await far.read(read.subarray(at)).catch(() => null);
    if (count === null) return false;
    at += count;
  }
  return read.every((byte, at) => byte === bytes[at]);
}
