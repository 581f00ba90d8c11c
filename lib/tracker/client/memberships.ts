import type { InfoHash, PieceIndex } from "../../bytes/mod.ts";
import type { Clock } from "../../net/mod.ts";
import type { Feed } from "../feed.ts";
import {
  KEEP_ALIVE_SHARE,
  MAX_LISTED_HASHES,
  PUBLISH_BACKOFF_MS,
  QUERIES_A_TURN,
  STATUS_DELAY_MS,
} from "../limits.ts";
import type { PeersChanged, RefusedReport, UpdateStatusArguments } from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { Alarm } from "./alarm.ts";
import type { SwarmMember, SwarmTicket } from "./discovery.ts";
import { Patience } from "./patience.ts";
import { Publications } from "./publications.ts";
import { StatusBook } from "./status_book.ts";
import { Ticket, type TicketOffice } from "./ticket.ts";
import type { TrackerConnection } from "./tracker_connection.ts";
import type { TrackerState } from "./tracker_state.ts";

const NO_NEWS: UpdateStatusArguments = { torrents: [], gone: [] };

/**
 * The swarms that a client is in: tells whichever connection there is of them, and hears of peers. It
 * works in turns of a few queries, each of which begins with what is new.
 */
export class Memberships implements TicketOffice {
  readonly #clock: Clock;
  readonly #states: Feed<TrackerState>;
  readonly #book = new StatusBook();
  readonly #tickets = new Map<InfoHash, Ticket>();
  readonly #alarm: Alarm;
  readonly #publications: Publications;
  /** The swarms whose peers are to be asked for. */
  readonly #unasked = new Set<Ticket>();
  readonly #resent = new Patience(PUBLISH_BACKOFF_MS);
  /** Whether the tracker may want more than it had room to say. */
  #wants: "said" | "more" = "said";
  /** How often counters are told, and peers asked for, whatever happens. */
  #routineMs = Infinity;
  #routineAtMs = -Infinity;
  /** Those who wait until everything is told that is new. */
  #listeners: (() => void)[] = [];

  /** Makes one that is in no swarm. */
  constructor(clock: Clock, states: Feed<TrackerState>) {
    this.#clock = clock;
    this.#states = states;
    this.#alarm = new Alarm(clock);
    this.#publications = new Publications({
      clock,
      book: this.#book,
      onRefused: (error) => this.#states.offer({ type: "refused", error }),
    });
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
    const ticket = new Ticket(infoHash, this);
    this.#tickets.set(infoHash, ticket);
    this.#book.add(member);
    this.#begin(ticket);
    this.#alarm.within(0);
    return ticket;
  }

  pieceHeld(infoHash: InfoHash, index: PieceIndex): void {
    this.#book.pieceHeld(infoHash, index);
    this.#alarm.within(STATUS_DELAY_MS);
  }

  leave(infoHash: InfoHash): void {
    const ticket = this.#tickets.get(infoHash);
    if (ticket !== undefined) this.#unasked.delete(ticket);
    this.#publications.remove(infoHash);
    this.#resent.forget(infoHash);
    this.#tickets.delete(infoHash);
    this.#book.remove(infoHash);
    this.#alarm.within(STATUS_DELAY_MS);
  }

  /** Resolves when the tracker was told all that is new by now, or all swarms are left. */
  told(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listeners.push(resolve);
    this.#alarm.within(0);
    return promise;
  }

  /** Leaves all swarms. */
  end(): void {
    for (const tell of this.#listeners.splice(0)) tell();
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
    this.#resent.reset();
    this.#publications.reset();
    for (const ticket of this.#tickets.values()) {
      ticket.restart();
      this.#begin(ticket);
    }
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

  #begin(ticket: Ticket): void {
    this.#unasked.add(ticket);
    this.#publications.add(ticket);
  }

  /** One turn. */
  async #attendOnce(connection: TrackerConnection): Promise<void> {
    const nowMs = this.#clock.now();
    const kind = nowMs - this.#routineAtMs >= this.#routineMs ? "routine" : "news";
    if (kind === "routine") this.#startRoutine(nowMs);
    this.#alarm.within(this.#routineAtMs + this.#routineMs - nowMs);
    // Those who join from here on may not be told of now, and their turn comes next.
    const unasked = [...this.#unasked].slice(0, QUERIES_A_TURN);
    const listening = this.#listeners.length;
    await this.#tell(connection, kind);
    for (const tell of this.#listeners.splice(0, listening)) tell();
    const left = await this.#publications.work(connection, QUERIES_A_TURN);
    for (const ticket of unasked.slice(0, left)) {
      if (!this.#unasked.delete(ticket)) continue;
      ticket.answered((await connection.getPeers(ticket.infoHash)).peers);
    }
    const dueInMs = this.#unasked.size > 0 || this.#wants === "more"
      ? 0
      : this.#publications.dueInMs;
    if (dueInMs !== undefined) this.#alarm.within(dueInMs);
  }

  #startRoutine(nowMs: number): void {
    this.#routineAtMs = nowMs;
    this.#book.refresh();
    for (const ticket of this.#tickets.values()) {
      if (this.#book.memberOf(ticket.infoHash)?.appetite() === "pieces") this.#unasked.add(ticket);
    }
  }

  async #tell(connection: TrackerConnection, kind: "routine" | "news"): Promise<void> {
    // An update of nothing keeps the connection alive as well as a ping, and tells what is wanted.
    const isUseful = kind === "routine" || (this.#wants === "more" && this.#publications.isDone);
    let batch = this.#book.takeBatch(this.#clock.now()) ?? (isUseful ? NO_NEWS : undefined);
    const again: InfoHash[] = [];
    while (batch !== undefined) {
      again.push(...await this.#tellBatch(connection, batch));
      batch = this.#book.takeBatch(this.#clock.now());
    }
    for (const infoHash of again) this.#book.tellAllOf(infoHash);
    if (again.length > 0) this.#alarm.within(STATUS_DELAY_MS);
  }

  /** Tells one batch; gives the torrents to be told again soon. */
  async #tellBatch(
    connection: TrackerConnection,
    batch: UpdateStatusArguments,
  ): Promise<InfoHash[]> {
    const { want, resend, refused } = await connection.updateStatus(batch);
    const news = this.#publications.want(want);
    // A tracker that says the same again and again is not asked what else it wants.
    this.#wants = want.length >= MAX_LISTED_HASHES && news > 0 ? "more" : "said";
    const again: InfoHash[] = [];
    for (const infoHash of new Set(resend)) {
      if (this.#book.memberOf(infoHash) === undefined) continue;
      if (this.#resent.allows(infoHash, this.#clock.now())) again.push(infoHash);
      else this.#book.refused(infoHash);
    }
    for (const report of refused) {
      this.#refused(report);
      if (report.code !== REFUSAL.ambiguous) continue;
      // Another peer claims something else of the torrent, and only the torrent file can tell.
      const outcome = await this.#publications.publishNow(connection, report.infoHash);
      if (outcome === "published") again.push(report.infoHash);
    }
    return again;
  }

  #refused({ infoHash, code, text }: RefusedReport): void {
    this.#book.refused(infoHash);
    this.#publications.refused(infoHash, code);
    this.#states.offer({ type: "refused", error: new TrackerRefusedError(code, text) });
  }

  async #hear(pushes: ReadableStream<PeersChanged>): Promise<void> {
    for await (const { infoHash, joined, gone } of pushes) {
      this.#tickets.get(infoHash)?.lost(gone);
      this.#tickets.get(infoHash)?.found(joined);
    }
  }
}
