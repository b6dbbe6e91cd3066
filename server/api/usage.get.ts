import { summarizeUsage } from '../db/usage.ts'

/** Tokens and their cost: in all, by model, by day. */
export default defineEventHandler(() => summarizeUsage(useServices().db))
