import {
  createSwarmKey,
  keyedTransport,
  MemoryNetwork,
  tcpTransport,
  type Transport,
} from "../../../lib/net/mod.ts";
import { testTransport, type TwoHosts } from "../conformance.ts";
import { SettlingClock } from "./settling_clock.ts";

const MEBIBYTE = 2 ** 20;

const KEY = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at));

function keyed(server: Transport, client: Transport, host: string): TwoHosts {
  const clock = new SettlingClock();
  return {
    server: keyedTransport(server, { key: KEY, clock }),
    client: keyedTransport(client, { key: KEY, clock }),
    host,
    agreement: "before data",
    released: () => clock.settle(),
  };
}

testTransport("keyedTransport in memory", () => {
  const network = new MemoryNetwork();
  const hosts = keyed(network.host("server"), network.host("client"), "server");
  return { ...hosts, moreThanBuffered: 8 * MEBIBYTE };
});

testTransport("keyedTransport over TCP", () => {
  return { ...keyed(tcpTransport, tcpTransport, "127.0.0.1"), moreThanBuffered: 32 * MEBIBYTE };
});
