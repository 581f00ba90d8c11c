/** The longest journal that is read, in bytes: several times what the most pieces take. */
export const MAX_JOURNAL_BYTES: number = 128 * 1024 * 1024;

/** The longest lock file, in bytes: more than a process id takes in decimal digits. */
export const MAX_LOCK_BYTES = 100;

/** The longest file name that the common file systems take, in bytes of UTF-8. */
export const MAX_FILE_NAME_BYTES = 255;

/** Threads that hash data which lies there, for one work: together they read faster than any disk. */
export const MAX_HASH_LANES = 8;

/** Files whose places each of these threads is told; of more the data is hashed without threads. */
export const MAX_LANE_FILES = 10_000;
