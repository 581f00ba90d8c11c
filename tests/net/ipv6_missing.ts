/** Why IPv6 cannot be tried on this machine; `undefined` if it can. */
export function ipv6Missing(): string | undefined {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
