/** Processor time after which the reader gives a page up: a page full of small type takes 4 to 7 s. */
export const PAGE_SECONDS = 30

/** What the parent grants a document for each page that is recognised, in addition to its ordinary limits. */
export const PAGE_GRANT = { wallMs: 90_000, cpuSeconds: PAGE_SECONDS + 10 } as const

/**
 * Pixels that are looked at; larger pictures are reduced. An A4 page at 250 dpi has 6 million. More than that takes
 * memory and time and gains nothing on type of 6 points and more.
 */
export const MAX_RECOGNISED_PIXELS = 6_500_000

/** Of a language's data, unpacked. The largest there is has 80 MB. */
export const MAX_LANGUAGE_BYTES = 96 * 1024 * 1024
