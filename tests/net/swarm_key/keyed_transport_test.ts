import {
  createSwarmKey,
  keyedTransport,
  MemoryNetwork,
  tcpTransport,
  type Transport,
} from "../../../lib/net/mod.ts";
import { testTransport, type TwoHosts } from "../conformance.ts";
import { SettlingClock } from "./settling_clock.ts";

const KEY = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at));

function keyed(server: Transport, client: Transport, host: string): TwoHosts {
  const clock = new SettlingClock();
  return {
    server: keyedTransport(server, { key: KEY, clock }),
    client: keyedTransport(client, { key: KEY, clock }),
    host,
    agreement: "before data",
    settle: () => clock.settle(),
  };
}

testTransport("keyedTransport in memory", () => {
  const network = new MemoryNetwork();
  return keyed(network.host("server"), network.host("client"), "server");
});

testTransport("keyedTransport over TCP", () => keyed(tcpTransport, tcpTransport, "127.0.0.1"));
