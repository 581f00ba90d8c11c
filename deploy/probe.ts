/**
 * Asks a tracker on this machine whether it is ready, and ends with 0 if it is.
 *
 *     deno run --allow-net=127.0.0.1 deploy/probe.ts [http://127.0.0.1:6969/ready]
 */

const [url = "http://127.0.0.1:6969/ready"] = Deno.args;
const isReady = await fetch(url, { signal: AbortSignal.timeout(4_000) })
  .then(async (response) => {
    await response.body?.cancel();
    return response.ok;
  }, () => false);
Deno.exit(isReady ? 0 : 1);
