import { bytesOf, type TorrentVector } from "./torrent_vector.ts";

/** Made by libtorrent 2.0.8 and by transmission-create 3.00. */
export const OTHER_TORRENT_FILES: readonly TorrentVector[] = [
  {
    madeBy: "libtorrent 2.0.8, pieces of 16 KiB",
    infoHash: "80e7f46e06213d10cf2457f1a64108a8f110c7e7",
    name: "tiny.bin",
    shape: "file",
    pieceLength: 16384,
    privacy: "public",
    files: [["", 40000]],
    trackers: [],
    torrent: bytesOf(
      "ZDEzOmNyZWF0aW9uIGRhdGVpMTc5NTM4NTE0NGU0OmluZm9kNjpsZW5ndGhpNDAwMDBlNDpuYW1lODp0aW55" +
        "LmJpbjEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczYwOsB/eA16lJMjdAvvtK4Y2W8DMNexVgwILX9r" +
        "mVqvce/Rkamm8BjiszR7BzSXRhGMySY212qzQM4fMONeamVl",
    ),
  },
  {
    madeBy: "libtorrent 2.0.8, one file with a name beyond ASCII",
    infoHash: "25202988144221bfd86851a255bda34eec3f56b6",
    name: "caf\u00e9 \u65e5\u672c.txt",
    shape: "file",
    pieceLength: 16384,
    privacy: "public",
    files: [["", 17]],
    trackers: [],
    torrent: bytesOf(
      "ZDEzOmNyZWF0aW9uIGRhdGVpMTc5NTM4NTE0NGU0OmluZm9kNjpsZW5ndGhpMTdlNDpuYW1lMTY6Y2Fmw6kg" +
        "5pel5pysLnR4dDEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczIwOhBysTAp6WIKURde9cquZQKmEzbz" +
        "ZWU=",
    ),
  },
  {
    madeBy: "libtorrent 2.0.8, folder of one file, private",
    infoHash: "9a1c83e266c02a3a39e1250088f3508eda19dbc3",
    name: "one",
    shape: "folder",
    pieceLength: 16384,
    privacy: "private",
    files: [["only.bin", 32768]],
    trackers: [],
    torrent: bytesOf(
      "ZDEzOmNyZWF0aW9uIGRhdGVpMTc5NTM4NTE0NGU0OmluZm9kNTpmaWxlc2xkNjpsZW5ndGhpMzI3NjhlNDpw" +
        "YXRobDg6b25seS5iaW5lZWU0Om5hbWUzOm9uZTEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczQwOq9y" +
        "DtKF4vKThbAIdjtXlc/lyzMKwH94DXqUkyN0C++0rhjZbwMw17E3OnByaXZhdGVpMWVlZQ==",
    ),
  },
  {
    madeBy: "libtorrent 2.0.8, nested folder with empty files and names beyond ASCII",
    infoHash: "2041bcb630d0211b09a402cb0a26d285ec383bca",
    name: "nest",
    shape: "folder",
    pieceLength: 16384,
    privacy: "public",
    files: [
      ["readme.txt", 70001],
      ["empty.dat", 0],
      ["a/z.bin", 1],
      ["a/empty too", 0],
      ["\u00fcber/\u65e5\u672c\u8a9e.txt", 12345],
      ["\u00fcber/deep/er/\ud83d\ude00.bin", 33000],
      ["zz-last", 0],
    ],
    trackers: [["http://one.example/announce"], ["udp://two.example:6969/announce"]],
    comment: "made by libtorrent",
    createdBy: "libtorrent",
    torrent: bytesOf(
      "ZDg6YW5ub3VuY2UyNzpodHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwyNzpo" +
        "dHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2VlbDMxOnVkcDovL3R3by5leGFtcGxlOjY5NjkvYW5ub3VuY2Vl" +
        "ZTc6Y29tbWVudDE4Om1hZGUgYnkgbGlidG9ycmVudDEwOmNyZWF0ZWQgYnkxMDpsaWJ0b3JyZW50MTM6Y3Jl" +
        "YXRpb24gZGF0ZWkxNzk1Mzg1MTQ0ZTQ6aW5mb2Q1OmZpbGVzbGQ2Omxlbmd0aGk3MDAwMWU0OnBhdGhsMTA6" +
        "cmVhZG1lLnR4dGVlZDY6bGVuZ3RoaTBlNDpwYXRobDk6ZW1wdHkuZGF0ZWVkNjpsZW5ndGhpMWU0OnBhdGhs" +
        "MTphNTp6LmJpbmVlZDY6bGVuZ3RoaTBlNDpwYXRobDE6YTk6ZW1wdHkgdG9vZWVkNjpsZW5ndGhpMTIzNDVl" +
        "NDpwYXRobDU6w7xiZXIxMzrml6XmnKzoqp4udHh0ZWVkNjpsZW5ndGhpMzMwMDBlNDpwYXRobDU6w7xiZXI0" +
        "OmRlZXAyOmVyODrwn5iALmJpbmVlZDY6bGVuZ3RoaTBlNDpwYXRobDc6enotbGFzdGVlZTQ6bmFtZTQ6bmVz" +
        "dDEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczE2MDoo+uC0gh+5fX46Sl2MviYlqHpQjhx9oYFexITh" +
        "0z09iM7QZGrSaECOFEQgyckLXwpUhUpJ6W5K1hLzirX/8G6HI+za7d+VprQPrXNa7vUlWZiIJhTdW6ReR72G" +
        "Os7uXoP5Jy++P8el75ouMtJO4FppyzUo/7zvbGWh7ZTcT093SqCCLjJcXmjwJShtU+oQpZlBZxlZuoKrwxFi" +
        "YLdMoGjJZWU=",
    ),
  },
  {
    madeBy: "libtorrent 2.0.8, hybrid of v1 and v2 with padding files",
    infoHash: "568f40f0d3ad6f3b0dd73a1545f60999960fef61",
    name: "nest",
    shape: "folder",
    pieceLength: 16384,
    privacy: "public",
    files: [
      ["a/empty too", 0],
      ["a/z.bin", 1],
      [".pad/16383", 16383, "padding"],
      ["empty.dat", 0],
      ["readme.txt", 70001],
      [".pad/11919", 11919, "padding"],
      ["zz-last", 0],
      ["\u00fcber/deep/er/\ud83d\ude00.bin", 33000],
      [".pad/16152", 16152, "padding"],
      ["\u00fcber/\u65e5\u672c\u8a9e.txt", 12345],
      [".pad/4039", 4039, "padding"],
    ],
    trackers: [],
    torrent: bytesOf(
      "ZDEzOmNyZWF0aW9uIGRhdGVpMTc5NTM4NTE0NGU0OmluZm9kOTpmaWxlIHRyZWVkMTphZDk6ZW1wdHkgdG9v" +
        "ZDA6ZDY6bGVuZ3RoaTBlZWU1OnouYmluZDA6ZDY6bGVuZ3RoaTFlMTE6cGllY2VzIHJvb3QzMjpL9RIvNEVU" +
        "xTveLruM0rfj0WAK1jHDhaXXzOI8d4VFmmVlZTk6ZW1wdHkuZGF0ZDA6ZDY6bGVuZ3RoaTBlZWUxMDpyZWFk" +
        "bWUudHh0ZDA6ZDY6bGVuZ3RoaTcwMDAxZTExOnBpZWNlcyByb290MzI6CUcqvSUA+qIZ8hD9PWquCjvibFX7" +
        "7jL2udyWuz0iBd1lZTc6enotbGFzdGQwOmQ2Omxlbmd0aGkwZWVlNTrDvGJlcmQ0OmRlZXBkMjplcmQ4OvCf" +
        "mIAuYmluZDA6ZDY6bGVuZ3RoaTMzMDAwZTExOnBpZWNlcyByb290MzI6kv0o5MpuPhqpuO0FMaN9vevBEvbB" +
        "y2rnmiPfASvehgZlZWVlMTM65pel5pys6KqeLnR4dGQwOmQ2Omxlbmd0aGkxMjM0NWUxMTpwaWVjZXMgcm9v" +
        "dDMyOk4ZRm36jywNy1j7+jSQhcvOLa6c6ov9o9Al1F/aq5x3ZWVlZTU6ZmlsZXNsZDY6bGVuZ3RoaTBlNDpw" +
        "YXRobDE6YTk6ZW1wdHkgdG9vZWVkNjpsZW5ndGhpMWU0OnBhdGhsMTphNTp6LmJpbmVlZDQ6YXR0cjE6cDY6" +
        "bGVuZ3RoaTE2MzgzZTQ6cGF0aGw0Oi5wYWQ1OjE2MzgzZWVkNjpsZW5ndGhpMGU0OnBhdGhsOTplbXB0eS5k" +
        "YXRlZWQ2Omxlbmd0aGk3MDAwMWU0OnBhdGhsMTA6cmVhZG1lLnR4dGVlZDQ6YXR0cjE6cDY6bGVuZ3RoaTEx" +
        "OTE5ZTQ6cGF0aGw0Oi5wYWQ1OjExOTE5ZWVkNjpsZW5ndGhpMGU0OnBhdGhsNzp6ei1sYXN0ZWVkNjpsZW5n" +
        "dGhpMzMwMDBlNDpwYXRobDU6w7xiZXI0OmRlZXAyOmVyODrwn5iALmJpbmVlZDQ6YXR0cjE6cDY6bGVuZ3Ro" +
        "aTE2MTUyZTQ6cGF0aGw0Oi5wYWQ1OjE2MTUyZWVkNjpsZW5ndGhpMTIzNDVlNDpwYXRobDU6w7xiZXIxMzrm" +
        "l6XmnKzoqp4udHh0ZWVkNDphdHRyMTpwNjpsZW5ndGhpNDAzOWU0OnBhdGhsNDoucGFkNDo0MDM5ZWVlMTI6" +
        "bWV0YSB2ZXJzaW9uaTJlNDpuYW1lNDpuZXN0MTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZTY6cGllY2VzMjAwOt7V" +
        "eEjWjFkq/ZAHdt7NWmXNNt1pKPrgtIIfuX1+OkpdjL4mJah6UI4cfaGBXsSE4dM9PYjO0GRq0mhAjhREIMnJ" +
        "C18KVIVKSeluStYS84q1//BuhyPs2u3flaa0D61zWu71JVk/AfzCjpUQzlpW94kRaaNe14fhajug3mnlsHRZ" +
        "uKLELO+aXorTL8CIHDb0OF8PTnHvPcUEB9aIAgLHyPxHpSegtP63lrzUVrwswLwS0SgJtv4VuI7s+v8Ojx5j" +
        "UDL91C9NZpr/ZTEyOnBpZWNlIGxheWVyc2QzMjoJRyq9JQD6ohnyEP09aq4KO+JsVfvuMva53Ja7PSIF3TE2" +
        "MDof2HcS7vZ/hasBMe9/XoHAq5z36FugIWBPPoTBjOGSfB9sJ7yYhhZpqjoVq6fYN4sbuxNSdXzh+FOA+W7z" +
        "a1rBSJsfLmthmE8cxAJ7UWI0K068LrBH5hIm/zQuxwbojZvXBXtmLlWuSU/TUvW1Y+O1IG6eJSmxue8eBDur" +
        "HT4GJD7YOQhHZVYvAVlJ8+YOaXStiVNUXQQtMF6cPAv4sSx3MzI6kv0o5MpuPhqpuO0FMaN9vevBEvbBy2rn" +
        "miPfASvehgY5Njp+ICYZuX8rI90g6ZgloankKRP+nmMbGv8BMhJ/zOUrX1NtauedjVKCbytNi/lSLHlcCG7C" +
        "FJj8nIb11bl02Fh4SD8XTbwrUoAEQKBaI4VmKzvlQHOjACS3AcaZ9Rh4crRlZQ==",
    ),
  },
  {
    madeBy: "transmission-create 3.00, nested folder, private",
    infoHash: "87f1f6e9b94db8f5deafe243333494fb6b41f202",
    name: "nest",
    shape: "folder",
    pieceLength: 32768,
    privacy: "private",
    files: [
      ["\u00fcber/\u65e5\u672c\u8a9e.txt", 12345],
      ["\u00fcber/deep/er/\ud83d\ude00.bin", 33000],
      ["a/z.bin", 1],
      ["readme.txt", 70001],
    ],
    trackers: [["http://one.example/announce"], ["udp://two.example:6969/announce"]],
    createdBy: "Transmission/3.00 (bb6b5a062e)",
    torrent: bytesOf(
      "ZDg6YW5ub3VuY2UyNzpodHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwyNzpo" +
        "dHRwOi8vb25lLmV4YW1wbGUvYW5ub3VuY2VlbDMxOnVkcDovL3R3by5leGFtcGxlOjY5NjkvYW5ub3VuY2Vl" +
        "ZTEwOmNyZWF0ZWQgYnkzMDpUcmFuc21pc3Npb24vMy4wMCAoYmI2YjVhMDYyZSkxMzpjcmVhdGlvbiBkYXRl" +
        "aTE3OTUzODUxNDRlODplbmNvZGluZzU6VVRGLTg0OmluZm9kNTpmaWxlc2xkNjpsZW5ndGhpMTIzNDVlNDpw" +
        "YXRobDU6w7xiZXIxMzrml6XmnKzoqp4udHh0ZWVkNjpsZW5ndGhpMzMwMDBlNDpwYXRobDU6w7xiZXI0OmRl" +
        "ZXAyOmVyODrwn5iALmJpbmVlZDY6bGVuZ3RoaTFlNDpwYXRobDE6YTU6ei5iaW5lZWQ2Omxlbmd0aGk3MDAw" +
        "MWU0OnBhdGhsMTA6cmVhZG1lLnR4dGVlZTQ6bmFtZTQ6bmVzdDEyOnBpZWNlIGxlbmd0aGkzMjc2OGU2OnBp" +
        "ZWNlczgwOirJ6FwOfNFBZ18OAL9OFJUGvw1qUNnA/+WKhClYJC2GAw3NlPre80kALvZ3lF536IWLAZ/OB2fF" +
        "cDVzZ3t+hmxubbJMS1NS8Pf4OSV5IhGnNzpwcml2YXRlaTFlZWU=",
    ),
  },
];

/** Made by libtorrent 2.0.8: BitTorrent v2 only. */
export const V2_ONLY_TORRENT: Uint8Array = bytesOf(
  "ZDEzOmNyZWF0aW9uIGRhdGVpMTc5NTM4NTE0NGU0OmluZm9kOTpmaWxlIHRyZWVkNzpvZGQuYmluZDA6ZDY6" +
    "bGVuZ3RoaTEwMDAwMWUxMTpwaWVjZXMgcm9vdDMyOppcmxXGJEv5fzg+dqrupr50yXe5OLoxRaUYWipZdNDj" +
    "ZWVlMTI6bWV0YSB2ZXJzaW9uaTJlNDpuYW1lNzpvZGQuYmluMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZWUxMjpw" +
    "aWVjZSBsYXllcnNkMzI6mlybFcYkS/l/OD52qu6mvnTJd7k4ujFFpRhaKll00OMyMjQ6PbSJHGC3/U50OL31" +
    "Jk2ShVxs/UIC9Q5SZkQqAro67e9G1YNhjSwxeeBNDQ0ZpQ8Ersvys98kzMeMVHHveYUqyRQzQkNVlgLzhdQi" +
    "Y8snJ1KCpqjVIrFLBY85DVBJPIe/CrtIjdS6kG2P9JWoKEXSmN5ePqfA9OSnDuhM5JUcCzAhkmCIuubmXnMl" +
    "rnyiHRS8IVtcEulzKiDQ7mv6i5rqAt56SLSyRolH0K4k51JPACKi7uQ6seWfJQfbUASQAbn9t9aJ5KYOhEKu" +
    "Uwca78ypnDRb5nMpBP2VA9gIxCGxxCxlZQ==",
);
