import type { WireVector } from "./wire_vector.ts";

/** The first 68 bytes of what aria2 sends when it tries an encrypted handshake before a plain one. */
export const ARIA2_ENCRYPTED_START =
  "90cfb7f05efaf25d5da941c8b48e41e3b8d8f03cb7e615227aa47991b8220967d7fb40" +
  "53da81b9818579386900ec8ea221b41973afcfc06a259fc97da40ab790d33297cd";

/** What aria2 1.36.0 sent to a bare peer of BEP 3 and BEP 10, byte for byte. */
export const ARIA2_VECTORS: readonly WireVector[] = [{
  sender: "aria2 1.36.0 as seeder",
  handshake: "13426974546f7272656e742070726f746f636f6c00000000001000043a567d4fd5e071" +
    "8133f65e75e76d8f3137255dfc41322d312d33362d302d19ac5a26fda1fe4b0b7c",
  infoHash: "3a567d4fd5e0718133f65e75e76d8f3137255dfc",
  peerId: "41322d312d33362d302d19ac5a26fda1fe4b0b7c",
  frames: [
    {
      hex: "00000056140064313a6d6431313a75745f6d65746164617461693965363a75745f7065" +
        "786938656531333a6d657461646174615f73697a656931333065313a70693530333939" +
        "65313a7631323a61726961322f312e33362e3065",
      means: ["extended", 0],
    },
    { hex: "0000000205e0", means: ["bitfield", "e0"] },
    { hex: "0000000101", means: ["unchoke"] },
    { hex: "00004009070000000000000000", letters: 16384, means: ["piece", 0, 0, 16384] },
    { hex: "00004009070000000100000000", letters: 16384, means: ["piece", 1, 0, 16384] },
    { hex: "00001c49070000000200000000", letters: 7232, means: ["piece", 2, 0, 7232] },
  ],
  extended: {
    extensions: { ut_metadata: 9, ut_pex: 8 },
    client: "aria2/1.36.0",
    port: 50399,
    metadataSize: 130,
  },
}, {
  sender: "aria2 1.36.0 as leecher",
  handshake: "13426974546f7272656e742070726f746f636f6c00000000001000043a567d4fd5e071" +
    "8133f65e75e76d8f3137255dfc41322d312d33362d302d00236400caae9eaf86a8",
  infoHash: "3a567d4fd5e0718133f65e75e76d8f3137255dfc",
  peerId: "41322d312d33362d302d00236400caae9eaf86a8",
  frames: [
    {
      hex: "00000056140064313a6d6431313a75745f6d65746164617461693965363a75745f7065" +
        "786938656531333a6d657461646174615f73697a656931333065313a70693537383039" +
        "65313a7631323a61726961322f312e33362e3065",
      means: ["extended", 0],
    },
    { hex: "0000000102", means: ["interested"] },
    { hex: "0000000d06000000000000000000004000", means: ["request", 0, 0, 16384] },
    { hex: "0000000d06000000010000000000004000", means: ["request", 1, 0, 16384] },
    { hex: "0000000d06000000020000000000001c40", means: ["request", 2, 0, 7232] },
    { hex: "0000000103", means: ["not-interested"] },
    { hex: "0000000205e0", means: ["bitfield", "e0"] },
  ],
  extended: {
    extensions: { ut_metadata: 9, ut_pex: 8 },
    client: "aria2/1.36.0",
    port: 57809,
    metadataSize: 130,
  },
}];
