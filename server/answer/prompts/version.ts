/**
 * Counts the wordings of the prompts and of the tool in this folder. It is stored with the trace and the usage of every
 * answer, so that figures of two wordings are never taken for the same thing; a test fails when a text changes without it.
 */
export const PROMPT_VERSION = 1
