import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasReadySample } from '../db/documents.ts'

/** The questions an empty chat offers; none where the sample documents they are about are not there. */
export default defineEventHandler(async () => {
  if (!hasReadySample(useServices().db)) return { items: [] }
  const questions = JSON.parse(await readFile(join(shippedFolder('samples'), 'questions.json'), 'utf8')) as { question: string }[]
  return { items: questions.map(({ question }) => question) }
})
