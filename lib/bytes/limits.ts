/** Characters of a stranger's text that a message quotes at most. */
export const MAX_QUOTED_LENGTH = 120;
