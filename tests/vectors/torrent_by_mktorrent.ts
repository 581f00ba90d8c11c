import { bytesOf, type TorrentVector } from "./torrent_vector.ts";

/** Made by mktorrent 1.1. */
export const MKTORRENT_FILES: readonly TorrentVector[] = [
  {
    madeBy: "mktorrent 1.1, one file that is no multiple of the piece length",
    infoHash: "7be26f8221c500076ebbe8a5457533a73c448ac1",
    name: "odd.bin",
    shape: "file",
    pieceLength: 32768,
    privacy: "public",
    files: [["", 100001]],
    trackers: [["http://127.0.0.1:6969/announce"]],
    createdBy: "mktorrent 1.1",
    torrent: bytesOf(
      "ZDg6YW5ub3VuY2UzMDpodHRwOi8vMTI3LjAuMC4xOjY5NjkvYW5ub3VuY2UxMDpjcmVhdGVkIGJ5MTM6bWt0" +
        "b3JyZW50IDEuMTQ6aW5mb2Q2Omxlbmd0aGkxMDAwMDFlNDpuYW1lNzpvZGQuYmluMTI6cGllY2UgbGVuZ3Ro" +
        "aTMyNzY4ZTY6cGllY2VzODA6JXePeEj1q3DCqAfvUDqZlcTP+E7ofFkUCCl02zHtCmXhCuIesRniA8LR9P98" +
        "gY+/p1Z92M+7vpuX1xtJDK+DjcZgdWliC9z8TAOmjJzkpj1lZQ==",
    ),
  },
  {
    madeBy: "mktorrent 1.1, private, pieces of 512 KiB, with a comment",
    infoHash: "2ba9c2262a255e2f9425f01fe7a987d0d22a4ca9",
    name: "half.bin",
    shape: "file",
    pieceLength: 524288,
    privacy: "private",
    files: [["", 1300000]],
    trackers: [["http://tracker.example/TOKEN/announce"]],
    comment: "half a comment: \u00e9",
    createdBy: "mktorrent 1.1",
    torrent: bytesOf(
      "ZDg6YW5ub3VuY2UzNzpodHRwOi8vdHJhY2tlci5leGFtcGxlL1RPS0VOL2Fubm91bmNlNzpjb21tZW50MTg6" +
        "aGFsZiBhIGNvbW1lbnQ6IMOpMTA6Y3JlYXRlZCBieTEzOm1rdG9ycmVudCAxLjE0OmluZm9kNjpsZW5ndGhp" +
        "MTMwMDAwMGU0Om5hbWU4OmhhbGYuYmluMTI6cGllY2UgbGVuZ3RoaTUyNDI4OGU2OnBpZWNlczYwOl7AFuW5" +
        "ZDBzziPb90cN7jgdZkfwOu4VGSdBOMzQ9DG+dB3YXb4rb5DDcLj5HKx3vK3rtLh0Gn91+iJMkjc6cHJpdmF0" +
        "ZWkxZWVl",
    ),
  },
  {
    madeBy: "mktorrent 1.1, pieces of 4 MiB, no tracker",
    infoHash: "1cdc869dbdaba54bde26842759a50f71f5a771ca",
    name: "four.bin",
    shape: "file",
    pieceLength: 4194304,
    privacy: "public",
    files: [["", 9000000]],
    trackers: [],
    createdBy: "mktorrent 1.1",
    torrent: bytesOf(
      "ZDEwOmNyZWF0ZWQgYnkxMzpta3RvcnJlbnQgMS4xNDppbmZvZDY6bGVuZ3RoaTkwMDAwMDBlNDpuYW1lODpm" +
        "b3VyLmJpbjEyOnBpZWNlIGxlbmd0aGk0MTk0MzA0ZTY6cGllY2VzNjA64PoOZkowA+qSgAfE7SH8/0oekmsq" +
        "48PucqIv/i+Cma0zlbTCcR6V6IZ1N9hZyz6cMLlDuzGzVfbC9bFgZWU=",
    ),
  },
  {
    madeBy: "mktorrent 1.1, an info dictionary with a key that is not in BEP 3",
    infoHash: "28b56244d9f26833e37902f00dd537cf2405d72e",
    name: "odd.bin",
    shape: "file",
    pieceLength: 32768,
    privacy: "public",
    files: [["", 100001]],
    trackers: [],
    createdBy: "mktorrent 1.1",
    torrent: bytesOf(
      "ZDEwOmNyZWF0ZWQgYnkxMzpta3RvcnJlbnQgMS4xNDppbmZvZDY6bGVuZ3RoaTEwMDAwMWU0Om5hbWU3Om9k" +
        "ZC5iaW4xMjpwaWVjZSBsZW5ndGhpMzI3NjhlNjpwaWVjZXM4MDold494SPWrcMKoB+9QOpmVxM/4Tuh8WRQI" +
        "KXTbMe0KZeEK4h6xGeIDwtH0/3yBj7+nVn3Yz7u+m5fXG0kMr4ONxmB1aWIL3PxMA6aMnOSmPTY6c291cmNl" +
        "OTpTT01FV0hFUkVlZQ==",
    ),
  },
  {
    madeBy: "mktorrent 1.1, nested folder with empty files, tiers of trackers, web seed",
    infoHash: "bdb82325e7ed0115255817b94da0f5ac4ef2fd41",
    name: "nest",
    shape: "folder",
    pieceLength: 32768,
    privacy: "public",
    files: [
      ["a/empty too", 0],
      ["a/z.bin", 1],
      ["empty.dat", 0],
      ["readme.txt", 70001],
      ["zz-last", 0],
      ["\u00fcber/deep/er/\ud83d\ude00.bin", 33000],
      ["\u00fcber/\u65e5\u672c\u8a9e.txt", 12345],
    ],
    trackers: [["http://one.example/announce", "udp://two.example:6969/announce"], [
      "http://[::1]:6969/announce",
    ]],
    createdBy: "mktorrent 1.1",
    torrent: bytesOf(
      "ZDg6YW5ub3VuY2UyNzpodHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwyNzpo" +
        "dHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2UzMTp1ZHA6Ly90d28uZXhhbXBsZTo2OTY5L2Fubm91bmNlZWwy" +
        "NjpodHRwOi8vWzo6MV06Njk2OS9hbm5vdW5jZWVlMTA6Y3JlYXRlZCBieTEzOm1rdG9ycmVudCAxLjE0Omlu" +
        "Zm9kNTpmaWxlc2xkNjpsZW5ndGhpMGU0OnBhdGhsMTphOTplbXB0eSB0b29lZWQ2Omxlbmd0aGkxZTQ6cGF0" +
        "aGwxOmE1OnouYmluZWVkNjpsZW5ndGhpMGU0OnBhdGhsOTplbXB0eS5kYXRlZWQ2Omxlbmd0aGk3MDAwMWU0" +
        "OnBhdGhsMTA6cmVhZG1lLnR4dGVlZDY6bGVuZ3RoaTBlNDpwYXRobDc6enotbGFzdGVlZDY6bGVuZ3RoaTMz" +
        "MDAwZTQ6cGF0aGw1OsO8YmVyNDpkZWVwMjplcjg68J+YgC5iaW5lZWQ2Omxlbmd0aGkxMjM0NWU0OnBhdGhs" +
        "NTrDvGJlcjEzOuaXpeacrOiqni50eHRlZWU0Om5hbWU0Om5lc3QxMjpwaWVjZSBsZW5ndGhpMzI3NjhlNjpw" +
        "aWVjZXM4MDpI975z8TX3m+f6NQqmToO4dL9q/CeTAr4Xxw33/9cePbru3tVi0wHn+/9qq8irVbr0HARBbqno" +
        "3Ay3DMe5bYJ8lwszRe2XaGpHOJOxCyM/M2U4OnVybC1saXN0MjU6aHR0cDovL3NlZWQuZXhhbXBsZS9uZXN0" +
        "L2U=",
    ),
  },
];
