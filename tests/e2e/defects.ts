/**
 * What only a defect prints: a rejection that nobody handles, a fault of the tracker, a stack, or its error. A
 * fault with a message instead of a text is one of the user, told by the shell.
 */
const DEFECT =
  /uncaught|unhandled|^\s+at .+:\d+:\d+|\b(?:Type|Range|Reference|Syntax)Error\b|"type":"fault","text"|^Fault:|panicked|Cannot read propert|is not a function|is not iterable/i;

/** Whether a line of a log tells of a defect of the program: nothing that strangers do may make it print one. */
export function tellsOfDefect(line: string): boolean {
  return DEFECT.test(line);
}
