/** Bytes as people write them: 812 B, 6.1 kB, 48 MB (powers of 1000). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** The site of an address, as people name it. */
export function siteOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : url
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `22 Nov 2026`, in the given zone or the reader's. */
export function formatDate(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone }).format(new Date(iso))
}

export function formatDateTime(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(iso))
}

export interface TimeGroup<T> { label: string, items: T[] }

const DAY_MS = 86_400_000

/** Groups things that are sorted newest first into the spans a reader thinks in. Days begin at midnight in `timeZone`. */
export function groupByTime<T extends { updatedAt: string }>(items: T[], now: number, timeZone?: string): TimeGroup<T>[] {
  const dayOf = (time: number) => Date.parse(new Intl.DateTimeFormat('en-CA', { timeZone }).format(time))
  const today = dayOf(now)
  const groups: TimeGroup<T>[] = []
  for (const item of items) {
    const days = Math.round((today - dayOf(Date.parse(item.updatedAt))) / DAY_MS)
    const label = days <= 0 ? 'Today' : days === 1 ? 'Yesterday' : days <= 7 ? 'Last 7 days' : days <= 30 ? 'Last 30 days' : 'Older'
    if (groups.at(-1)?.label === label) groups.at(-1)!.items.push(item)
    else groups.push({ label, items: [item] })
  }
  return groups
}
