import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { decodeHex, encodeHex } from "../../../lib/bytes/mod.ts";
import {
  answerNoise,
  initiateNoise,
  NOISE_MESSAGE_LENGTH,
  NoiseError,
  type NoiseOptions,
  type NoiseOutcome,
  type NoisePrimitives,
} from "../../../lib/net/swarm_key/noise.ts";
import { webCryptoPrimitives } from "../../../lib/net/swarm_key/web_crypto.ts";
import { NOISE_NNPSK0 } from "../../vectors/noise_nnpsk0.ts";
import { withSecretKey } from "./fixed_keys.ts";

const PSK = decodeHex(NOISE_NNPSK0.psk);
const PROLOGUE = decodeHex(NOISE_NNPSK0.prologue);

/** Public keys with which every secret key agrees on 0 (RFC 7748, section 6.1). */
const BAD_PUBLIC_KEYS = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

function options(changes: Partial<NoiseOptions> = {}): NoiseOptions {
  return { psk: PSK, prologue: PROLOGUE, primitives: webCryptoPrimitives, ...changes };
}

/** Both ends of a handshake without payloads. */
async function handshake(): Promise<[NoiseOutcome, NoiseOutcome]> {
  const initiation = await initiateNoise(options());
  const responder = await answerNoise(options(), initiation.message);
  return [await initiation.finish(responder.answer), responder];
}

Deno.test("Noise: both sides say and take what the vector of others has", async () => {
  const { initiatorEphemeral, responderEphemeral, handshakeHash, messages } = NOISE_NNPSK0;
  const [first, second, ...rest] = messages.map(({ payload, ciphertext }) => ({
    payload: decodeHex(payload),
    ciphertext,
  }));
  const ours = options({ primitives: withSecretKey(initiatorEphemeral) });
  const initiation = await initiateNoise(ours, first?.payload);
  assertEquals(encodeHex(initiation.message), first?.ciphertext);
  const responder = await answerNoise(
    options({ primitives: withSecretKey(responderEphemeral) }),
    initiation.message,
    second?.payload,
  );
  assertEquals(responder.payload, first?.payload);
  assertEquals(encodeHex(responder.answer), second?.ciphertext);
  const initiator = await initiation.finish(responder.answer);
  assertEquals(initiator.payload, second?.payload);
  for (const { hash } of [initiator, responder]) assertEquals(encodeHex(hash), handshakeHash);
  for (const [at, { payload, ciphertext }] of rest.entries()) {
    const [from, to] = at % 2 === 0 ? [initiator, responder] : [responder, initiator];
    assertEquals(encodeHex(await from.sending.encrypt(payload)), ciphertext);
    assertEquals(await to.receiving.decrypt(decodeHex(ciphertext)), payload);
  }
  assertEquals(rest.length, 4);
});

Deno.test("Noise: what is encrypted at once is the same as what is encrypted otherwise", async () => {
  const { initiatorEphemeral, messages } = NOISE_NNPSK0;
  const [first, second, third] = messages;
  const ours = options({ primitives: withSecretKey(initiatorEphemeral) });
  const { finish } = await initiateNoise(ours, decodeHex(first.payload));
  const { sending } = await finish(decodeHex(second.ciphertext));
  const now = sending.encryptNow(decodeHex(third.payload));
  assertEquals(now && encodeHex(now), third.ciphertext);
});

Deno.test("Noise: two handshakes with one key have nothing alike", async () => {
  const [one] = await handshake();
  const [other] = await handshake();
  assertNotEquals(one.hash, other.hash);
  const data = new Uint8Array(32);
  assertNotEquals(await one.sending.encrypt(data), await other.sending.encrypt(data));
});

Deno.test("Noise: each single bit of either message that is turned over is refused", async () => {
  const { initiatorEphemeral, responderEphemeral } = NOISE_NNPSK0;
  const ours = options({ primitives: withSecretKey(initiatorEphemeral) });
  const theirs = options({ primitives: withSecretKey(responderEphemeral) });
  const { message, finish } = await initiateNoise(ours);
  const { answer } = await answerNoise(theirs, message);
  assertEquals([message.length, answer.length], [NOISE_MESSAGE_LENGTH, NOISE_MESSAGE_LENGTH]);
  await Promise.all(Array.from({ length: 8 * NOISE_MESSAGE_LENGTH }, async (_, bit) => {
    await assertRejects(() => answerNoise(theirs, flipped(message, bit)), NoiseError);
    const again = await initiateNoise(ours);
    await assertRejects(() => again.finish(flipped(answer, bit)), NoiseError);
  }));
  await finish(answer);
});

Deno.test("Noise: another key, another prologue and a message of another length are refused", async () => {
  const { message, finish } = await initiateNoise(options());
  const psk = PSK.map((byte, at) => at === 31 ? byte ^ 1 : byte);
  const prologue = PROLOGUE.subarray(1);
  for (const changes of [{ psk }, { prologue }]) {
    await assertRejects(() => answerNoise(options(changes), message), NoiseError);
  }
  for (let length = 0; length < message.length; length++) {
    await assertRejects(() => answerNoise(options(), message.subarray(0, length)), NoiseError);
  }
  const longer = Uint8Array.of(...message, 0);
  await assertRejects(() => answerNoise(options(), longer), NoiseError);
  await assertRejects(() => finish(new Uint8Array(47)), NoiseError);
  await assertRejects(() => initiateNoise(options({ psk: PSK.subarray(1) })), RangeError);
});

Deno.test("Noise: a message that comes back to who made it is refused", async () => {
  const { message, finish } = await initiateNoise(options());
  await assertRejects(() => finish(message), NoiseError);
});

Deno.test("Noise: a shared secret of 0 is refused, whoever computes it", async () => {
  const careless: NoisePrimitives = {
    ...webCryptoPrimitives,
    generateKeyPair: () =>
      Promise.resolve({
        publicKey: new Uint8Array(32).fill(9),
        agree: () => Promise.resolve(new Uint8Array(32)),
      }),
  };
  const { message } = await initiateNoise(options());
  await assertRejects(
    () => answerNoise(options({ primitives: careless }), message),
    NoiseError,
    "the public key is bad",
  );
  for (const bad of BAD_PUBLIC_KEYS) {
    // One who knows the key can make such a message.
    const hostile: NoisePrimitives = {
      ...webCryptoPrimitives,
      generateKeyPair: () =>
        Promise.resolve({
          publicKey: decodeHex(bad),
          agree: () => Promise.resolve(new Uint8Array(32)),
        }),
    };
    const { message } = await initiateNoise(options({ primitives: hostile }));
    await assertRejects(
      () => answerNoise(options(), message),
      NoiseError,
      "the public key is bad",
    );
  }
});

Deno.test("Noise: a message that is left out, repeated, moved or cut is refused", async () => {
  const data = [1, 2, 3].map((byte) => Uint8Array.of(byte));
  async function sent(): Promise<[NoiseOutcome, Uint8Array[]]> {
    const [initiator, responder] = await handshake();
    return [responder, await Promise.all(data.map((each) => initiator.sending.encrypt(each)))];
  }
  for (const order of [[1], [0, 0], [0, 2], [1, 0]]) {
    const [{ receiving }, messages] = await sent();
    const taken = Promise.all(order.map((at) => receiving.decrypt(messages[at]!)));
    await assertRejects(() => taken, NoiseError);
  }
  for (let length = 0; length < 17; length++) {
    const [{ receiving }, [first]] = await sent();
    await assertRejects(() => receiving.decrypt(first!.subarray(0, length)), NoiseError);
  }
  const [{ receiving, sending }, messages] = await sent();
  const taken = await Promise.all(messages.map((message) => receiving.decrypt(message)));
  assertEquals(taken, data);
  // What we send ourselves is nothing that we take.
  const [other] = await sent();
  const echo = await sending.encrypt(Uint8Array.of(1));
  await assertRejects(() => other.receiving.decrypt(echo), NoiseError);
  await assertRejects(() => receiving.decrypt(echo), NoiseError);
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, at) => at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte);
}
