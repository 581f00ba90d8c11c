import type { InfoHash, PieceIndex } from "../../bytes/mod.ts";
import { encodeTorrent, TorrentError } from "../../metainfo/mod.ts";
import type { Clock } from "../../net/mod.ts";
import type { Feed } from "../feed.ts";
import { KEEP_ALIVE_SHARE, STATUS_DELAY_MS } from "../limits.ts";
import type { PeersChanged, RefusedReport, UpdateStatusArguments } from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { Alarm } from "./alarm.ts";
import type { SwarmMember, SwarmTicket } from "./discovery.ts";
import { StatusBook } from "./status_book.ts";
import { Ticket, type TicketOffice } from "./ticket.ts";
import { publishTorrent } from "./torrent_transfer.ts";
import type { TrackerConnection } from "./tracker_connection.ts";
import type { TrackerState } from "./tracker_state.ts";

const NO_NEWS: UpdateStatusArguments = { torrents: [], gone: [] };

/** The swarms that a client is in: tells whichever connection there is of them, and hears of peers. */
export class Memberships implements TicketOffice {
  readonly #clock: Clock;
  readonly #states: Feed<TrackerState>;
  readonly #book = new StatusBook();
  readonly #tickets = new Map<InfoHash, Ticket>();
  readonly #alarm: Alarm;
  /** How often counters are told, and peers asked for, whatever happens. */
  #routineMs = Infinity;
  #routineAtMs = -Infinity;

  /** Makes one that is in no swarm. */
  constructor(clock: Clock, states: Feed<TrackerState>) {
    this.#clock = clock;
    this.#states = states;
    this.#alarm = new Alarm(clock);
  }

  /**
   * Enters a swarm.
   *
   * @throws {Error} if it was entered and not left
   */
  join(member: SwarmMember): SwarmTicket {
    const { infoHash, name } = member.info;
    if (this.#tickets.has(infoHash)) {
      throw new Error(`Cannot join swarm of ${name}: it was joined before, leave it first`);
    }
    const ticket = new Ticket(member, this);
    this.#tickets.set(infoHash, ticket);
    this.#book.add(member);
    this.#alarm.within(0);
    return ticket;
  }

  pieceHeld(infoHash: InfoHash, index: PieceIndex): void {
    this.#book.pieceHeld(infoHash, index);
    this.#alarm.within(STATUS_DELAY_MS);
  }

  leave(infoHash: InfoHash): void {
    this.#tickets.delete(infoHash);
    this.#book.remove(infoHash);
    this.#alarm.within(STATUS_DELAY_MS);
  }

  /** Leaves all swarms. */
  end(): void {
    for (const ticket of [...this.#tickets.values()]) ticket.leave();
    this.#alarm[Symbol.dispose]();
  }

  /**
   * Tells a tracker that knows nothing of us everything and then what changes, until the signal is
   * aborted, which must happen when the connection ends.
   *
   * @throws {Error} if the connection fails
   */
  async attend(connection: TrackerConnection, signal: AbortSignal): Promise<void> {
    void this.#hear(connection.pushes);
    this.#routineMs = connection.welcome.intervalS * 1000 * KEEP_ALIVE_SHARE;
    this.#routineAtMs = this.#clock.now();
    this.#book.tellAll();
    for (const ticket of this.#tickets.values()) ticket.state = "new";
    this.#alarm.within(0);
    while (true) {
      await this.#alarm.wait(signal);
      if (signal.aborted) return;
      try {
        await this.#attendOnce(connection);
      } catch (error) {
        if (!(error instanceof TrackerRefusedError)) throw error;
        this.#states.offer({ type: "refused", error });
        this.#book.tellAll();
      }
    }
  }

  async #attendOnce(connection: TrackerConnection): Promise<void> {
    const nowMs = this.#clock.now();
    const kind = nowMs - this.#routineAtMs >= this.#routineMs ? "routine" : "news";
    if (kind === "routine") this.#routineAtMs = nowMs;
    this.#alarm.within(this.#routineAtMs + this.#routineMs - nowMs);
    // Those who join from here on may not be told of now, and their turn comes next.
    const tickets = [...this.#tickets.values()];
    await this.#tell(connection, kind);
    for (const ticket of tickets) {
      const isDue = ticket.state === "new" || (kind === "routine" && !ticket.member.held.isFull);
      if (!isDue) continue;
      ticket.state = "asked";
      ticket.found((await connection.getPeers(ticket.member.info.infoHash)).peers);
      ticket.markAnnounced();
    }
  }

  async #tell(connection: TrackerConnection, kind: "routine" | "news"): Promise<void> {
    if (kind === "routine") this.#book.refresh();
    // An update of nothing keeps the connection alive as well as a ping, and tells what is wanted.
    let batch = this.#book.takeBatch() ?? (kind === "routine" ? NO_NEWS : undefined);
    const again: InfoHash[] = [];
    while (batch !== undefined) {
      again.push(...await this.#tellBatch(connection, batch));
      batch = this.#book.takeBatch();
    }
    for (const infoHash of again) this.#book.tellAllOf(infoHash);
    if (again.length > 0) this.#alarm.within(STATUS_DELAY_MS);
  }

  /** Tells one batch, and does what the tracker wants then; gives the torrents to be told again. */
  async #tellBatch(
    connection: TrackerConnection,
    batch: UpdateStatusArguments,
  ): Promise<InfoHash[]> {
    const { want, resend, refused } = await connection.updateStatus(batch);
    for (const infoHash of want) await this.#publish(connection, infoHash);
    const again = [...resend];
    for (const report of refused) {
      this.#refused(report);
      if (report.code !== REFUSAL.ambiguous) continue;
      // Another peer claims something else of the torrent, and only the torrent file can tell.
      await this.#publish(connection, report.infoHash);
      again.push(report.infoHash);
    }
    return again;
  }

  #refused({ infoHash, code, text }: RefusedReport): void {
    this.#book.refused(infoHash);
    this.#states.offer({ type: "refused", error: new TrackerRefusedError(code, text) });
  }

  async #publish(connection: TrackerConnection, infoHash: InfoHash): Promise<void> {
    const member = this.#book.memberOf(infoHash);
    if (member === undefined) return;
    try {
      await publishTorrent(connection, infoHash, encodeTorrent({ info: member.info }));
    } catch (error) {
      if (!(error instanceof TrackerRefusedError || error instanceof TorrentError)) throw error;
      this.#states.offer({ type: "refused", error });
    }
  }

  async #hear(pushes: ReadableStream<PeersChanged>): Promise<void> {
    for await (const { infoHash, joined, gone } of pushes) {
      this.#tickets.get(infoHash)?.lost(gone);
      this.#tickets.get(infoHash)?.found(joined);
    }
  }
}
