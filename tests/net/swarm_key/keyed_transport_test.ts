import {
  createSwarmKey,
  keyedTransport,
  MemoryNetwork,
  tcpTransport,
  type Transport,
} from "../../../lib/net/mod.ts";
import { testTransport } from "../conformance.ts";

const KEY = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at));

function keyed(inner: Transport): Transport {
  return keyedTransport(inner, { key: KEY });
}

testTransport("keyedTransport in memory", () => {
  const network = new MemoryNetwork();
  return {
    server: keyed(network.host("server")),
    client: keyed(network.host("client")),
    host: "server",
    agreement: "before data",
  };
});

testTransport("keyedTransport over TCP", () => ({
  server: keyed(tcpTransport),
  client: keyed(tcpTransport),
  host: "127.0.0.1",
  agreement: "before data",
}));
