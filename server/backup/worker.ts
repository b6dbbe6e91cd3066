import { serveThread } from '../utils/serve-thread.ts'
import { createGeneration, type GenerationRequest } from './generation.ts'
import { BackupError, type Manifest } from './types.ts'

export type GenerationReply = { manifest: Manifest } | { refused: string }

/** Saves generations in a thread of its own: copying and checking a database blocks for as long as it takes. */
serveThread(async (request: GenerationRequest): Promise<GenerationReply> => {
  try {
    return { manifest: await createGeneration(request) }
  }
  catch (error) {
    if (error instanceof BackupError) return { refused: error.message }
    throw error
  }
})
