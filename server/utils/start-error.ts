/** The server cannot start and whoever runs it can mend that: the message is one line that says what is wrong and what to do. */
export class StartError extends Error {}
