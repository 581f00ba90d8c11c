/** Bytes of a list of addresses at most, unpacked: public ones have 1 MiB to 50 MiB. */
export const MAX_ADDRESS_LIST_BYTES: number = 256 * 1024 * 1024;

/** Ranges of one family in a list of addresses at most: the place of one takes 21 bits of a number. */
export const MAX_ADDRESS_RANGES: number = 2 ** 21;

/** Of so many lines of a blocklist one may be unreadable; if more are, it is no such list. */
export const LINES_AN_UNREADABLE_ONE = 100;

/** Unreadable lines of a list that are told of one by one. */
export const MAX_TOLD_LINES = 3;
