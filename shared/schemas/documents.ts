import { z } from 'zod'
import { MEDIA_TYPES, type MediaType } from '../utils/media-types.ts'
import { ATTENTION, type Attention } from '../utils/page-attention.ts'
import { HIDDEN_REASONS, MAX_HIDDEN_CHARS, MAX_HIDDEN_RUNS } from '../utils/page-notes.ts'

/** Per file. nginx's body limit and the upload form's check follow it. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024

/** Steps of ingestion in the order they run; `done` and `total` count pages, chunks or 1. */
export const INGEST_STEPS = ['queued', 'extract', 'recognise', 'chunk', 'embed', 'publish', 'done'] as const

export const documentStatusSchema = z.enum(['queued', 'processing', 'ready', 'failed'])

export const documentSchema = z.object({
  id: z.uuid(),
  title: z.string(),
  filename: z.string(),
  mediaType: z.enum(Object.keys(MEDIA_TYPES) as [MediaType, ...MediaType[]]),
  bytes: z.int(),
  /** Null until extraction has ended. */
  pages: z.int().nullable(),
  status: documentStatusSchema,
  /** `secondsLeft` is for all that is still to do, from measured rates; null while it cannot be known. */
  progress: z.object({ step: z.enum(INGEST_STEPS), done: z.int(), total: z.int(), secondsLeft: z.int().nullable() }),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  chunkCount: z.int(),
  collection: z.string(),
  /** True for the documents that came with the product. */
  sample: z.boolean(),
  /** How many pages the owner should look at, and why; null where there are none, and until the document is ready. */
  attention: z.object(Object.fromEntries(ATTENTION.map(kind => [kind, z.int()])) as Record<Attention, z.ZodInt>).nullable(),
  /** Where and when it was fetched; null for an upload. */
  source: z.object({ url: z.string(), fetchedAt: z.string() }).nullable(),
  /** A ready document of the same name, while the owner has not said whether this is its new version. */
  versionOf: z.object({ id: z.uuid(), title: z.string() }).nullable(),
  /** The document that this one takes the place of in answers, once it is ready. */
  replaces: z.uuid().nullable(),
  /** The ready document that has taken this one's place: answers no longer use this one, its page and quotes stay. */
  replacedBy: z.uuid().nullable(),
  createdAt: z.string(),
  readyAt: z.string().nullable(),
})
export type Document = z.infer<typeof documentSchema>

/** A run of text of one kind in the canonical text; `end` is exclusive. */
export const blockSchema = z.object({
  kind: z.enum(['heading', 'paragraph', 'list_item', 'table_row', 'code', 'caption']),
  /** Heading level from 1; list depth from 1; absent otherwise. */
  level: z.int().optional(),
  start: z.int(),
  end: z.int(),
})
export type Block = z.infer<typeof blockSchema>

/** What was read of a page, what was not, and what was done to it. Counts are of this page alone. */
export const pageReportSchema = z.object({
  /** UTF-16 units of canonical text. */
  characters: z.int().nonnegative(),
  /** Share of the page's area that its lines of text cover, 0 to 1; null where the format has no places. */
  coverage: z.number().min(0).max(1).nullable(),
  /** A picture of text, with hardly any characters of its own. */
  scanned: z.boolean(),
  /** Text recognition with its mean confidence, 0 to 100; null where it was not used. */
  ocr: z.object({ confidence: z.number().min(0).max(100), languages: z.array(z.string().max(20)).max(20) }).nullable(),
  tables: z.int().nonnegative(),
  /** Text that the original does not show. It is left out of the canonical text, so no search and no answer finds it. */
  hidden: z.array(z.object({
    reason: z.enum(HIDDEN_REASONS),
    text: z.string().max(MAX_HIDDEN_CHARS),
    /** All characters of the run, also those that were cut from `text`. */
    characters: z.int().positive(),
  })).max(MAX_HIDDEN_RUNS),
  /** What was mended: for example `encoding` (bytes that were no text), `read_as_koi8_r` (letters of an encoding that was guessed), `hyphenation` (words joined over a line end). */
  repairs: z.array(z.object({ kind: z.string().regex(/^[a-z\d_]{1,40}$/), count: z.int().positive() })).max(20),
  /** What was left out: for example `header_footer`, `image`, `drawing`, `navigation`, `script`, `macro`, `attachment`. */
  dropped: z.array(z.object({ kind: z.string().regex(/^[a-z_]{1,40}$/), count: z.int().positive() })).max(20),
})
export type PageReport = z.infer<typeof pageReportSchema>

/** One page as the reader shows it (`GET /api/documents/:id/pages`). */
export const documentPageSchema = z.object({
  number: z.int(),
  /** What the original calls it where that is more than its number: a sheet's or a chapter's name. */
  label: z.string().nullable(),
  start: z.int(),
  end: z.int(),
  text: z.string(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  blocks: z.array(blockSchema),
  flags: z.array(z.string()),
  report: pageReportSchema,
})
export type DocumentPage = z.infer<typeof documentPageSchema>

/** Answer of `GET /api/documents/:id/boxes`: points from the top left corner of each page as it is shown. */
export const documentBoxesSchema = z.object({
  /** False when a part of the range has no known place: then there are no boxes at all. */
  located: z.boolean(),
  /** The pages that hold the range. */
  pages: z.array(z.object({
    number: z.int(),
    width: z.number().nullable(),
    height: z.number().nullable(),
    boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  })),
})
export type DocumentBoxes = z.infer<typeof documentBoxesSchema>

/** One page of `GET /api/documents/:id/report`. */
export const pageReportItemSchema = documentPageSchema.pick({ number: true, label: true, flags: true, report: true }).extend({
  attention: z.array(z.enum(ATTENTION)),
})
export type PageReportItem = z.infer<typeof pageReportItemSchema>

/** One chunk as `GET /api/documents/:id/chunks` lists it. */
export const documentChunkSchema = z.object({
  id: z.uuid(),
  ordinal: z.int(),
  headingPath: z.array(z.string()),
  pageStart: z.int(),
  pageEnd: z.int(),
  start: z.int(),
  end: z.int(),
  text: z.string(),
  tokens: z.int(),
})
export type DocumentChunk = z.infer<typeof documentChunkSchema>

export const documentPatchSchema = z.object({
  title: z.string().trim().min(1, 'Give the document a title.').max(300).optional(),
  collection: z.string().trim().min(1).max(100).optional(),
  /** The older version that this one replaces; null to keep both. */
  replaces: z.uuid().transform(id => id.toLowerCase()).nullable().optional(),
}).strict()

const pageSize = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback)

/** Body of `POST /api/documents/import`. What may be asked for is checked by the server's guard. */
export const documentImportSchema = z.object({
  url: z.string().trim().min(1, 'Give the address of a page or a file.').max(2_000, 'This address is longer than 2,000 characters.'),
}).strict()

/** Query of `GET /api/documents`; newest first. */
export const documentListQuerySchema = z.object({
  limit: pageSize(50, 200),
  cursor: z.string().max(200).optional(),
  status: documentStatusSchema.optional(),
  collection: z.string().max(100).optional(),
})

/** Query of `GET /api/documents/:id/pages`; `from` is a page number, as is `nextCursor`. */
export const documentPagesQuerySchema = z.object({
  from: z.coerce.number().int().min(1).default(1),
  count: pageSize(20, 100),
})

/** Query of `GET /api/documents/:id/chunks`; the cursor is the ordinal to begin with. */
export const documentChunksQuerySchema = z.object({
  limit: pageSize(50, 200),
  cursor: z.coerce.number().int().min(0).default(0),
})

/** Longer than any chunk or merged passage; the boxes of a whole book are of no use to anyone. */
export const MAX_BOXED_CHARS = 20_000

/** Query of `GET /api/documents/:id/boxes`: a half-open range of the canonical text. */
export const documentBoxesQuerySchema = z.object({
  start: z.coerce.number().int().min(0),
  end: z.coerce.number().int().min(1),
}).refine(({ start, end }) => start < end, { path: ['end'], message: 'The range has to end behind its start.' })
  .refine(({ start, end }) => end - start <= MAX_BOXED_CHARS, { path: ['end'], message: `At most ${MAX_BOXED_CHARS.toLocaleString('en')} characters can be located at a time.` })

/** Query of `GET /api/documents/:id/report`; the cursor is the page number to begin with. `attention=true` leaves out pages with nothing to look at. */
export const documentReportQuerySchema = z.object({
  limit: pageSize(50, 200),
  cursor: z.coerce.number().int().min(1).default(1),
  attention: z.enum(['true', 'false']).default('false').transform(value => value === 'true'),
})

/** Query of `GET /api/documents/:id/text`: a half-open range as `slice` takes it; the whole text by default. */
export const documentTextQuerySchema = z.object({
  start: z.coerce.number().int().min(0).default(0),
  end: z.coerce.number().int().min(0).default(Number.MAX_SAFE_INTEGER),
})

/** Answer of `POST /api/documents` and `POST /api/documents/import`. */
export interface UploadResult {
  documents: Document[]
  /** Documents that were already here with the same bytes. */
  duplicates: Document[]
  rejected: { filename: string, code: string, message: string }[]
}

/** Events of `GET /api/documents/events`. */
export type DocumentEvent
  = | { type: 'document', data: Document }
    | { type: 'deleted', data: { id: string } }
