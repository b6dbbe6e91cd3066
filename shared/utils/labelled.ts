/**
 * An accessible name for the inner element of a component that passes its options on as attributes; the options' types
 * know nothing of attributes, so a literal is refused there.
 */
export function labelled(name: string): Record<string, string> {
  return { 'aria-label': name }
}
