/** The server cannot start and whoever runs it can mend that: the message is one line that says what is wrong and what to do. */
export class StartError extends Error {}

/** Exit code of a refused start: starting again would only say the same, so the supervisor ends (EX_CONFIG of sysexits.h). */
export const REFUSED_START_CODE = 78
