/** `From someone@example.org Mon Jan  1 12:00:00 2024`, as programs write it in many ways. */
export function isSeparator(text: string): boolean {
  return /^From \S[^\n]{0,150}\b\d{1,2}:\d{2}[^\n]{0,40}/.test(text)
}
