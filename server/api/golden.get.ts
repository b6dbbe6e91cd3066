import { readGoldenSet } from '../db/feedback.ts'

/** The golden set: judged questions with the passages that should be found. */
export default defineEventHandler(() => readGoldenSet(useServices().db))
