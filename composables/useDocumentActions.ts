import type { Document } from '#shared/schemas/documents'

/** What a reader can do with one document, with the questions asked first and the messages shown after. */
export function useDocumentActions() {
  const documents = useDocuments()
  const dialogs = useDialogs()
  const { run, tell } = useAction()

  /** Resolves to true when the document is gone. `onAgreed` is called once the reader has said yes. */
  async function remove(document: Document, onAgreed?: () => unknown): Promise<boolean> {
    const agreed = await dialogs.confirm({
      title: 'Delete this document?',
      description: `“${document.title}” will be deleted: the file, its text and what is found by search. Answers that cite it keep their quotes.`,
      action: 'Delete document',
    })
    if (!agreed) return false
    await onAgreed?.()
    const gone = await run(() => documents.remove(document.id))
    if (gone) tell(`“${document.title}” was deleted.`)
    return gone
  }

  async function rename(document: Document): Promise<string | null> {
    const title = await dialogs.rename({ title: 'Rename document', label: 'Title', value: document.title, maxLength: 300 })
    return title && await run(() => documents.rename(document.id, title)) ? title : null
  }

  return {
    remove,
    rename,
    retry: (document: Document) => run(() => documents.retry(document.id)),
    cancel: (document: Document) => run(() => documents.cancel(document.id)),
  }
}

/** Where the original of a document is downloaded from. */
export function originalUrl(id: string): string {
  return `/api/documents/${id}/file`
}
