/** What the program's exit status means. */
export const EXIT = {
  done: 0,
  error: 1,
  timeout: 2,
  interrupted: 7,
  diskFull: 9,
  fileExists: 13,
  badTorrent: 26,
  badMagnet: 27,
  usage: 28,
  hashCheckFailed: 32,
  trackerRefused: 33,
  permissionMissing: 77,
} as const;

/** One of the values of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
