import { formatAddress } from "./address.ts";
import type {
  Datagram,
  MulticastChannel,
  MulticastOptions,
  MulticastTransport,
} from "./multicast.ts";

/**
 * Multicast inside the process: machines on one network that hear each other, and themselves, for
 * tests and simulations.
 */
export class MemoryMulticast {
  /** All that was sent, in order. */
  readonly sent: (Datagram & { readonly group: string })[] = [];
  readonly #channels = new Map<MemoryChannel, string>();
  readonly #failures = new Map<string, Error>();

  /** A transport that joins and sends as the machine with this address. */
  machine(host: string): MulticastTransport {
    // deno-lint-ignore require-await -- it rejects as the real one does
    return { join: async (options) => this.#join(host, options) };
  }

  /** Makes whatever a machine does fail from now on. */
  cutOff(host: string, error: Error): void {
    this.#failures.set(host, error);
  }

  /** Lets a machine that was cut off join and send again. */
  restore(host: string): void {
    this.#failures.delete(host);
  }

  /** Makes every channel fail, as a system does that takes its sockets away. */
  break(error: Error): void {
    for (const channel of this.#channels.keys()) channel.fail(error);
  }

  /** Channels that are open. */
  get open(): number {
    return this.#channels.size;
  }

  /** Sends to a group as anybody. */
  send(group: string, datagram: Datagram): void {
    this.sent.push({ ...datagram, group });
    for (const [channel, joined] of this.#channels) if (joined === group) channel.deliver(datagram);
  }

  #join(host: string, { group, sendFrom }: MulticastOptions): MulticastChannel {
    this.#check(host);
    const name = formatAddress(group);
    const port = sendFrom === "group port" ? group.port : 50_000 + this.sent.length;
    const channel = new MemoryChannel({
      send: (bytes) => {
        this.#check(host);
        this.send(name, { bytes: bytes.slice(), sender: { host, port } });
      },
      onClose: () => void this.#channels.delete(channel),
    });
    this.#channels.set(channel, name);
    return channel;
  }

  #check(host: string): void {
    const failure = this.#failures.get(host);
    if (failure !== undefined) throw failure;
  }
}

interface MemoryChannelOptions {
  readonly send: (bytes: Uint8Array) => void;
  readonly onClose: () => void;
}

class MemoryChannel implements MulticastChannel {
  readonly datagrams: ReadableStream<Datagram>;
  readonly #options: MemoryChannelOptions;
  #controller: ReadableStreamDefaultController<Datagram> | undefined;

  constructor(options: MemoryChannelOptions) {
    this.#options = options;
    this.datagrams = new ReadableStream<Datagram>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
        this.close();
      },
    });
  }

  deliver(datagram: Datagram): void {
    this.#controller?.enqueue(datagram);
  }

  fail(error: Error): void {
    this.#controller?.error(error);
    this.#controller = undefined;
  }

  // deno-lint-ignore require-await -- it rejects as the real one does
  async send(bytes: Uint8Array): Promise<void> {
    this.#options.send(bytes);
  }

  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
    this.#options.onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
