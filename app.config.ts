export default defineAppConfig({
  ui: {
    colors: { primary: 'brick', neutral: 'ebony' },
    button: { slots: { base: 'cursor-pointer rounded-lg' } },
    modal: { slots: { content: 'rounded-xl', title: 'font-serif text-lg' } },
    tooltip: { slots: { content: 'max-w-72 h-auto py-1.5 text-pretty', text: 'whitespace-normal' } },
    chatPrompt: { slots: { root: 'rounded-2xl px-3.5 py-3', base: 'text-base' } },
  },
})
