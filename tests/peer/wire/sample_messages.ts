import { concatBytes } from "../../../lib/bytes/mod.ts";
import type { Message } from "../../../lib/peer/wire/mod.ts";
import { bytesOfHex } from "./wire_bytes.ts";

/** A message and its frame, written digit by digit from BEP 3, 6 and 10, without our encoder. */
export interface SampleMessage {
  readonly message: Message;
  readonly hex: string;
}

/** At least one message of each type, with numbers from 0 to the highest of 32 bits. */
export const SAMPLE_MESSAGES: readonly SampleMessage[] = [
  { message: { type: "keep-alive" }, hex: "00000000" },
  { message: { type: "choke" }, hex: "00000001 00" },
  { message: { type: "unchoke" }, hex: "00000001 01" },
  { message: { type: "interested" }, hex: "00000001 02" },
  { message: { type: "not-interested" }, hex: "00000001 03" },
  { message: { type: "have", index: 0 }, hex: "00000005 04 00000000" },
  { message: { type: "have", index: 0xffffffff }, hex: "00000005 04 ffffffff" },
  { message: { type: "bitfield", bits: bytesOfHex("80ff01") }, hex: "00000004 05 80ff01" },
  { message: { type: "bitfield", bits: new Uint8Array(0) }, hex: "00000001 05" },
  {
    message: { type: "request", index: 0x01020304, begin: 0x80000000, length: 0xfffffffe },
    hex: "0000000d 06 01020304 80000000 fffffffe",
  },
  { message: { type: "keep-alive" }, hex: "00000000" },
  {
    message: { type: "piece", index: 0x80000001, begin: 0x4000, block: bytesOfHex("000102fd") },
    hex: "0000000d 07 80000001 00004000 000102fd",
  },
  {
    message: { type: "piece", index: 1, begin: 2, block: new Uint8Array(0) },
    hex: "00000009 07 00000001 00000002",
  },
  {
    message: { type: "cancel", index: 7, begin: 16384, length: 16384 },
    hex: "0000000d 08 00000007 00004000 00004000",
  },
  { message: { type: "suggest", index: 0x01020304 }, hex: "00000005 0d 01020304" },
  { message: { type: "have-all" }, hex: "00000001 0e" },
  { message: { type: "have-none" }, hex: "00000001 0f" },
  {
    message: { type: "reject", index: 7, begin: 16384, length: 0x80000000 },
    hex: "0000000d 10 00000007 00004000 80000000",
  },
  { message: { type: "allowed-fast", index: 0xffffffff }, hex: "00000005 11 ffffffff" },
  {
    message: { type: "extended", id: 0, payload: new TextEncoder().encode("d1:mdee") },
    hex: "00000009 14 00 64313a6d646565",
  },
  {
    message: { type: "extended", id: 255, payload: new Uint8Array(0) },
    hex: "00000002 14 ff",
  },
  {
    message: { type: "unknown", id: 9, payload: bytesOfHex("1ae1") },
    hex: "00000003 09 1ae1",
  },
  { message: { type: "unknown", id: 255, payload: new Uint8Array(0) }, hex: "00000001 ff" },
];

/** All samples, one after the other, as they stand on the wire. */
export const SAMPLE_BYTES: Uint8Array = concatBytes(
  SAMPLE_MESSAGES.map(({ hex }) => bytesOfHex(hex)),
);
