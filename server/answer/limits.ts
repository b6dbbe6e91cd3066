/** Chunks that an answer is made from. */
export const ANSWER_CHUNKS = 12
