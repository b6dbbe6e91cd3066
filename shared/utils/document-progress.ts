import type { Document } from '../schemas/documents.ts'

type Progress = Pick<Document, 'status' | 'progress' | 'mediaType'> & Partial<Pick<Document, 'error'>>

/** Share of the work that reading the pages is; embedding is the rest. */
const READING = 0.35
/** What a document waits for that is not its turn, by the code of its error. */
const WAITS_FOR: Record<string, string> = { disk_full: 'Waiting for space on the disk', embedder_unavailable: 'Waiting for the embedding service' }

/** What a document's pages are called: PDF and pictures have pages of their own, presentations have slides, the rest is shown in sections. */
export function pageWord(mediaType: Document['mediaType']): 'page' | 'slide' | 'section' {
  if (mediaType === 'application/pdf' || mediaType.startsWith('image/')) return 'page'
  return mediaType.includes('presentation') ? 'slide' : 'section'
}

/** What is being done with a document, in words. */
export function progressLabel({ status, progress: { step, done, total }, mediaType, error }: Progress): string {
  if (status === 'ready') return step === 'embed' ? `Ready, embedding anew${total > 0 ? `: ${share100(done, total)} %` : ''}` : 'Ready'
  if (status === 'failed') return 'Failed'
  if (status === 'queued') return WAITS_FOR[error?.code ?? ''] ?? 'Waiting to be read'
  const count = (value: number) => value.toLocaleString('en')
  if (step === 'extract') {
    if (done === 0) return 'Opening the file'
    return `Reading ${pageWord(mediaType)} ${count(done)}${total >= done && total > 0 ? ` of ${count(total)}` : ''}`
  }
  if (step === 'recognise') return `Recognising text on ${pageWord(mediaType)} ${count(done)} of ${count(total)}`
  if (step === 'chunk') return 'Dividing into chunks'
  if (step === 'embed') return total > 0 ? `Embedding ${count(done)} of ${count(total)}` : 'Embedding'
  return step === 'queued' ? 'Waiting to be read' : 'Finishing'
}

/** How long it still takes, roughly, as the estimate is; null while it is not known. */
export function timeLeftLabel({ status, progress: { secondsLeft } }: Pick<Progress, 'status' | 'progress'>): string | null {
  if (secondsLeft === null || status === 'failed' || status === 'queued') return null
  if (secondsLeft < 10) return 'a few seconds left'
  if (secondsLeft < 55) return `about ${Math.ceil(secondsLeft / 10) * 10} s left`
  if (secondsLeft < 90 * 60) return `about ${Math.round(secondsLeft / 60)} min left`
  return `about ${Math.round(secondsLeft / 3600)} h left`
}

function share100(done: number, total: number): number {
  return Math.floor(100 * Math.min(1, done / total))
}

/** Share of the whole work that is done, 0 to 1; null while it cannot be known. */
export function progressShare({ status, progress: { step, done, total } }: Progress): number | null {
  if (status === 'ready') return 1
  if (status !== 'processing') return null
  const share = total > 0 ? Math.min(1, done / total) : null
  if (step === 'extract') return share === null ? null : share * READING
  if (step === 'recognise') return total > 0 ? Math.min(1, (done - 1) / total) * READING : null
  if (step === 'chunk') return READING
  if (step === 'embed') return READING + (share ?? 0) * (1 - READING)
  return step === 'queued' ? null : 1
}

export function isWorking({ status }: Pick<Document, 'status'>): boolean {
  return status === 'queued' || status === 'processing'
}
