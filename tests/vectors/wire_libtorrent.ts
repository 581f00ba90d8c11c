import type { WireVector } from "./wire_vector.ts";

/** What libtorrent 2.0.8 sent to a bare peer of BEP 3 and BEP 10, byte for byte. */
export const LIBTORRENT_VECTORS: readonly WireVector[] = [{
  sender: "libtorrent 2.0.8 as seeder",
  handshake: "13426974546f7272656e742070726f746f636f6c00000000001000053a567d4fd5e071" +
    "8133f65e75e76d8f3137255dfc2d4c54323038302d636e7762714e4e38336d4246",
  infoHash: "3a567d4fd5e0718133f65e75e76d8f3137255dfc",
  peerId: "2d4c54323038302d636e7762714e4e38336d4246",
  frames: [
    {
      hex: "000000d414006431323a636f6d706c6574655f61676f692d3165313a6d6431313a6c74" +
        "5f646f6e746861766569376531303a73686172655f6d6f646569386531313a75706c6f" +
        "61645f6f6e6c7969336531323a75745f686f6c6570756e636869346531313a75745f6d" +
        "65746164617461693265363a75745f7065786931656531333a6d657461646174615f73" +
        "697a656931333065343a7265717169323030306531313a75706c6f61645f6f6e6c7969" +
        "3165313a7631383a6c6962746f7272656e742f322e302e382e30363a796f7572697034" +
        "3a7f00000165",
      means: ["extended", 0],
    },
    { hex: "0000000205e0", means: ["bitfield", "e0"] },
    { hex: "0000000101", means: ["unchoke"] },
    { hex: "0000000101", means: ["unchoke"] },
    { hex: "00004009070000000000000000", letters: 16384, means: ["piece", 0, 0, 16384] },
    { hex: "00004009070000000100000000", letters: 16384, means: ["piece", 1, 0, 16384] },
    { hex: "00001c49070000000200000000", letters: 7232, means: ["piece", 2, 0, 7232] },
  ],
  extended: {
    extensions: {
      lt_donthave: 7,
      share_mode: 8,
      upload_only: 3,
      ut_holepunch: 4,
      ut_metadata: 2,
      ut_pex: 1,
    },
    client: "libtorrent/2.0.8.0",
    maxRequests: 2000,
    metadataSize: 130,
    appetite: "nothing",
    yourHost: "127.0.0.1",
  },
}, {
  sender: "libtorrent 2.0.8 as leecher",
  handshake: "13426974546f7272656e742070726f746f636f6c00000000001000053a567d4fd5e071" +
    "8133f65e75e76d8f3137255dfc2d4c54323038302d455541424f697a7346365a76",
  infoHash: "3a567d4fd5e0718133f65e75e76d8f3137255dfc",
  peerId: "2d4c54323038302d455541424f697a7346365a76",
  frames: [
    {
      hex: "000000cd14006431323a636f6d706c6574655f61676f692d3165313a6d6431313a6c74" +
        "5f646f6e746861766569376531303a73686172655f6d6f646569386531313a75706c6f" +
        "61645f6f6e6c7969336531323a75745f686f6c6570756e636869346531313a75745f6d" +
        "65746164617461693265363a75745f7065786931656531333a6d657461646174615f73" +
        "697a656931333065313a7069353136333565343a72657171693230303065313a763138" +
        "3a6c6962746f7272656e742f322e302e382e30363a796f75726970343a7f00000165",
      means: ["extended", 0],
    },
    { hex: "0000000102", means: ["interested"] },
    { hex: "0000000d06000000020000000000001c40", means: ["request", 2, 0, 7232] },
    { hex: "0000000d06000000000000000000004000", means: ["request", 0, 0, 16384] },
    { hex: "0000000d06000000010000000000004000", means: ["request", 1, 0, 16384] },
    { hex: "000000050400000002", means: ["have", 2] },
  ],
  extended: {
    extensions: {
      lt_donthave: 7,
      share_mode: 8,
      upload_only: 3,
      ut_holepunch: 4,
      ut_metadata: 2,
      ut_pex: 1,
    },
    client: "libtorrent/2.0.8.0",
    port: 51635,
    maxRequests: 2000,
    metadataSize: 130,
    yourHost: "127.0.0.1",
  },
}];
