/** The longest input in bytes, unless the caller says otherwise: the size limit of torrent files. */
export const MAX_LENGTH: number = 10 * 1024 * 1024;

/** How deep lists and dictionaries nest at most; a caller may lower it. */
export const MAX_DEPTH = 100;

/** How many values one input holds at most, unless the caller says otherwise. */
export const MAX_VALUES = 1_000_000;

/** How many digits an integer has at most; 64 bits need 20. */
export const MAX_INTEGER_DIGITS = 100;
