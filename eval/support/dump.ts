import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { QuestionResult } from '../measure.ts'
import { SET_NAMES } from '../sets/types.ts'

const lineSchema = z.object({
  set: z.enum(SET_NAMES), id: z.string(), question: z.string(),
  values: z.record(z.string(), z.record(z.string(), z.number())),
  wanted: z.object({ documents: z.array(z.string()), answers: z.array(z.string()) }),
  found: z.array(z.object({ document: z.string(), start: z.number(), end: z.number(), text: z.string() })),
  cited: z.array(z.object({ document: z.string(), quote: z.string() })),
  outcome: z.string().nullable(),
})

/** Writes one line of JSON for each question: its values by system and metric, what was wanted, found and cited. */
export function writeDump(path: string, questions: QuestionResult[]): void {
  writeFileSync(path, questions.map(question => `${JSON.stringify(question)}\n`).join(''))
}

/** @throws Error when it is no dump */
export function readDump(path: string): QuestionResult[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(line => line.trim() !== '')
  return lines.map((line, index) => {
    try {
      return lineSchema.parse(JSON.parse(line))
    }
    catch (cause) {
      throw new Error(`Line ${index + 1} of ${path} is no question of a dump: make one with --dump.`, { cause })
    }
  })
}
