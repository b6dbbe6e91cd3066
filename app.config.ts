/** Behind dialogs and sheets: ebony, not the ground's own colour, so that what lies on top stands out in light and dark. */
const SCRIM = 'bg-[#131110]/45 dark:bg-[#000]/60'

export default defineAppConfig({
  ui: {
    colors: { primary: 'brick', neutral: 'ebony' },
    button: {
      slots: { base: 'cursor-pointer rounded-lg' },
      // The library makes a filled button paler under the pointer, too pale for its words; ours gets stronger.
      compoundVariants: [
        { color: 'primary', variant: 'solid', class: 'hover:bg-(--rt-primary-hover) active:bg-(--rt-primary-hover)' },
        { color: 'error', variant: 'solid', class: 'hover:bg-(--rt-error-hover) active:bg-(--rt-error-hover)' },
      ],
    },
    // The ground of the library's own scrim is a variant, which would win over a slot.
    modal: { slots: { content: 'rounded-xl', title: 'font-serif text-lg' }, variants: { overlay: { true: { overlay: SCRIM } } } },
    slideover: { slots: { overlay: SCRIM } },
    tooltip: { slots: { content: 'max-w-72 h-auto py-1.5 text-pretty', text: 'whitespace-normal' } },
    chatPrompt: { slots: { root: 'rounded-2xl px-3.5 py-3', base: 'text-base' } },
  },
})
