import type { Document } from '#shared/schemas/documents'
import type { ErasureReceipt } from '#shared/schemas/erasure'

/** What a reader can do with one document, with the questions asked first and the messages shown after. */
export function useDocumentActions() {
  const documents = useDocuments()
  const dialogs = useDialogs()
  const { run, tell } = useAction()

  /** Resolves to true when the document is gone. `onAgreed` is called once the reader has said yes. */
  async function remove(document: Document, onAgreed?: () => unknown): Promise<boolean> {
    const options = await dialogs.deletion(document)
    if (!options) return false
    await onAgreed?.()
    let receipt: ErasureReceipt | null = null
    const gone = await run(async () => {
      receipt = await documents.remove(document.id, options)
    })
    if (gone) tell(`“${document.title}” was deleted.`, receipt ? { label: 'Receipt', onClick: () => void dialogs.receipt(receipt!) } : undefined)
    return gone
  }

  async function rename(document: Document): Promise<string | null> {
    const title = await dialogs.rename({ title: 'Rename document', label: 'Title', value: document.title, maxLength: 300 })
    return title && await run(() => documents.rename(document.id, title)) ? title : null
  }

  /** Lets a document take the place of an older version in answers; null keeps both. */
  async function replace(document: Document, replaces: string | null): Promise<boolean> {
    const done = await run(() => documents.replace(document.id, replaces))
    if (done && replaces) tell('Answers use the new version from now on. The older one keeps its page, and answers that cite it their quotes.')
    return done
  }

  return {
    remove,
    rename,
    replace,
    retry: (document: Document) => run(() => documents.retry(document.id)),
    cancel: (document: Document) => run(() => documents.cancel(document.id)),
  }
}

/** Where the original of a document is downloaded from. */
export function originalUrl(id: string): string {
  return `/api/documents/${id}/file`
}
