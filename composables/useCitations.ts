import type { InjectionKey, Ref } from 'vue'
import type { Citation } from '#shared/schemas/chats'

/** What the footnote numbers of one answer know and do. */
export interface CitationContext {
  citations: Readonly<Ref<Citation[]>>
  /** The number whose source is open beside the answer. */
  active: Readonly<Ref<number | null>>
  open: (n: number) => void
  preview: (n: number, chip: HTMLElement) => void
  hidePreview: () => void
}

const KEY: InjectionKey<CitationContext> = Symbol('citations')

export function provideCitations(context: CitationContext): void {
  provide(KEY, context)
}

export function useCitations(): CitationContext {
  const context = inject(KEY)
  if (!context) throw new Error('A citation was drawn outside an answer')
  return context
}
