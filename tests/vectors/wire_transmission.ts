import type { WireVector } from "./wire_vector.ts";

/** What Transmission 3.00 sent to a bare peer of BEP 3 and BEP 10, byte for byte. */
export const TRANSMISSION_VECTORS: readonly WireVector[] = [{
  sender: "Transmission 3.00 as seeder",
  handshake: "13426974546f7272656e742070726f746f636f6c00000000001000053a567d4fd5e071" +
    "8133f65e75e76d8f3137255dfc2d5452333030302d7262746e7579616365757631",
  infoHash: "3a567d4fd5e0718133f65e75e76d8f3137255dfc",
  peerId: "2d5452333030302d7262746e7579616365757631",
  frames: [
    {
      hex: "0000007d140064313a65693065313a6d6431313a75745f6d6574616461746169336536" +
        "3a75745f7065786931656531333a6d657461646174615f73697a656931333065313a70" +
        "69333935313765343a72657171693531326531313a75706c6f61645f6f6e6c79693165" +
        "313a7631373a5472616e736d697373696f6e20332e303065",
      means: ["extended", 0],
    },
    { hex: "0000000205e0", means: ["bitfield", "e0"] },
    { hex: "0000000101", means: ["unchoke"] },
    { hex: "00004009070000000000000000", letters: 16384, means: ["piece", 0, 0, 16384] },
    { hex: "00004009070000000100000000", letters: 16384, means: ["piece", 1, 0, 16384] },
    { hex: "00001c49070000000200000000", letters: 7232, means: ["piece", 2, 0, 7232] },
  ],
  extended: {
    extensions: { ut_metadata: 3, ut_pex: 1 },
    client: "Transmission 3.00",
    port: 39517,
    maxRequests: 512,
    metadataSize: 130,
    appetite: "nothing",
  },
}];
