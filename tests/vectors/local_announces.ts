import { infoHashFromHex } from "../../lib/bytes/mod.ts";

/** The torrent of which all of these tell: `Original_Files/mv1.mp4`. */
export const ANNOUNCED = infoHashFromHex("e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9");

/** Datagrams of others, as they were heard on a network, with what they say (BEP 14). */
export const LOCAL_ANNOUNCES = [
  {
    by: "libtorrent 2.0.8",
    text: "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 44805\r\n" +
      "Infohash: e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9\r\ncookie: 42f49931\r\n\r\n\r\n",
    port: 44805,
    cookie: "42f49931",
  },
  {
    by: "aria2 1.36.0",
    text: "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6926\r\n" +
      "Infohash: e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9\r\n\r\n\r\n",
    port: 6926,
    cookie: undefined,
  },
  {
    by: "Transmission 3.00",
    text: "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 51413\r\n" +
      "Infohash: E92D1017007DBEF6C10C7B9DB7D7F8FCB50E23F9\r\n\r\n\r\n",
    port: 51413,
    cookie: undefined,
  },
] as const;
