/** Something that a browser may play. */
export interface Media {
  readonly kind: "video" | "audio";
  /** Its media type (RFC 6838). */
  readonly type: string;
}

/** By the last part of a name. Nothing in it can run scripts: no page, no picture with any in it. */
const TYPES: ReadonlyMap<string, Media> = new Map(
  ([
    ...[["mp4", "video/mp4"], ["m4v", "video/mp4"], ["mov", "video/quicktime"]],
    ...[["webm", "video/webm"], ["mkv", "video/x-matroska"], ["ogv", "video/ogg"]],
    ...[["avi", "video/x-msvideo"], ["mpg", "video/mpeg"], ["mpeg", "video/mpeg"]],
    ...[["ts", "video/mp2t"], ["3gp", "video/3gpp"]],
    ...[["mp3", "audio/mpeg"], ["m4a", "audio/mp4"], ["aac", "audio/aac"]],
    ...[["ogg", "audio/ogg"], ["oga", "audio/ogg"], ["opus", "audio/ogg"]],
    ...[["flac", "audio/flac"], ["wav", "audio/wav"], ["weba", "audio/webm"]],
  ] as [string, string][]).map(([ending, type]) => {
    return [ending, { kind: type.startsWith("video/") ? "video" : "audio", type }];
  }),
);

/** What a file may be played as, by its name; `undefined` for all else. */
export function mediaOf(name: string): Media | undefined {
  const [, ending = ""] = /\.([A-Za-z0-9]{1,5})$/.exec(name) ?? [];
  return TYPES.get(ending.toLowerCase());
}
