/** Systems give out ports above these by themselves, so that nobody gets one of them by chance. */
const FIRST = 20_000;
const COUNT = 10_000;

/** A port of loopback at which nobody listens, and which nobody is given who asks for any port. */
export function deadPort(): number {
  while (true) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
