import { AppConfirm, AppRename, DocumentDeletion, DocumentReceipt } from '#components'
import type { Document } from '#shared/schemas/documents'
import type { ErasureOptions, ErasureReceipt } from '#shared/schemas/erasure'

/** Questions to the reader that need an answer before anything happens. */
export function useDialogs() {
  const overlay = useOverlay()

  /** Resolves to true only when the reader agreed. */
  async function confirm(question: { title: string, description: string, action: string }): Promise<boolean> {
    return await overlay.create(AppConfirm, { destroyOnClose: true }).open(question).result === true
  }

  /** Resolves to the new name, or null when the reader left it as it was. */
  async function rename(current: { title: string, label: string, value: string, maxLength: number }): Promise<string | null> {
    const value: unknown = await overlay.create(AppRename, { destroyOnClose: true }).open(current).result
    return typeof value === 'string' && value !== current.value ? value : null
  }

  /** Resolves to what becomes of the document's quotes, or to null when it is kept. */
  async function deletion(document: Document): Promise<ErasureOptions | null> {
    const options: unknown = await overlay.create(DocumentDeletion, { destroyOnClose: true }).open({ document }).result
    return (options as ErasureOptions | null | undefined) ?? null
  }

  async function receipt(receipt: ErasureReceipt): Promise<void> {
    await overlay.create(DocumentReceipt, { destroyOnClose: true }).open({ receipt }).result
  }

  return { confirm, rename, deletion, receipt }
}
