import type { Feedback, FeedbackCheck } from '../schemas/feedback.ts'
import { ANSWER_CHUNKS } from '../schemas/trace.ts'

export interface GoldenSummary {
  questions: number
  checked: number
  first: number
  read: number
  /** Mean of 1/place over the checked ones, 0 where nothing was found (MRR). */
  reciprocalRank: number
}

/** How the golden set stands by the last time that each question was run. */
export function goldenSummary(feedback: Pick<Feedback, 'check'>[]): GoldenSummary {
  const checks = feedback.flatMap(({ check }) => check ? [check] : [])
  const within = (places: number) => checks.filter(({ rank }) => rank !== null && rank <= places).length
  const sum = checks.reduce((total, { rank }) => total + (rank === null ? 0 : 1 / rank), 0)
  return { questions: feedback.length, checked: checks.length, first: within(1), read: within(ANSWER_CHUNKS), reciprocalRank: checks.length > 0 ? sum / checks.length : 0 }
}

/** Where the wanted passage was found, in words, and how good that is. */
export function placeText(check: Feedback['check'], obstacle: FeedbackCheck['obstacle']): { text: string, kind: 'good' | 'fair' | 'bad' | 'none' } {
  if (!check) return { text: 'not run yet', kind: 'none' }
  if (check.rank === null) {
    const why = obstacle && { deleted: 'its document was deleted', replaced: 'a newer version is searched in the place of its document', not_ready: 'its document is not ready' }[obstacle]
    return { text: `not found${why ? `: ${why}` : ''}`, kind: 'bad' }
  }
  if (check.rank <= ANSWER_CHUNKS) return { text: `place ${check.rank}`, kind: 'good' }
  return { text: `place ${check.rank}, behind the ${ANSWER_CHUNKS} that are read`, kind: 'fair' }
}

/** How the place has changed since the time before; null where it has not, or there was none. */
export function changeText(check: Feedback['check']): string | null {
  if (!check || check.before === null || check.before === check.rank) return null
  return `was ${check.before}`
}
