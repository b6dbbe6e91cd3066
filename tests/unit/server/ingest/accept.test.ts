import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findDocumentRecord } from '../../../../server/db/documents.ts'
import { acceptFiles } from '../../../../server/ingest/accept.ts'
import { incomingDir } from '../../../../server/ingest/files.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { checkReady, counts, harness } from './support/harness.ts'

describe('acceptFiles', () => {
  it('recognises the same content, also among files that arrive together', async () => {
    const h = harness()
    const first = await acceptFiles(h, [h.receive('Same.', 'a.txt'), h.receive('Other.', 'b.txt'), h.receive('Same.', 'c.txt')])
    expect(first.documents.map(({ filename }) => filename)).toEqual(['a.txt', 'b.txt'])
    expect(first.duplicates.map(({ id }) => id)).toEqual([first.documents[0]!.id])
    const both = await Promise.all([acceptFiles(h, [h.receive('New.')]), acceptFiles(h, [h.receive('New.')])])
    expect(both.map(({ documents, duplicates }) => [documents.length, duplicates.length]).sort()).toEqual([[0, 1], [1, 0]])
    await h.ingest.drain()
    expect(counts(h.db)).toMatchObject({ documents: 3, chunks: 3 })
    expect(readdirSync(incomingDir(h.filesDir))).toEqual([])
    expect(readdirSync(h.filesDir)).toHaveLength(4)
  })

  it('brings a lost file back and tries a failed document again when its content comes again', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    await h.ingest.cancel(id)
    rmSync(join(h.filesDir, findDocumentRecord(h.db, id)!.contentHash))
    const again = await acceptFiles(h, [h.receive('One.')])
    expect(again).toMatchObject({ documents: [], duplicates: [{ id }], status: 201 })
    await h.ingest.drain()
    checkReady(h, id)
  })

  it('rejects what cannot be read, file by file', async () => {
    const h = harness()
    const result = await acceptFiles(h, [
      h.receive('', 'empty.txt'),
      h.receive('GIF89a', '../../picture.pdf'),
      { filename: 'big.pdf', error: new AppError('file_too_large', 413, 'Too large.') },
      h.receive('Good.', 'good.txt'),
    ])
    expect(result.documents).toHaveLength(1)
    expect(result.rejected.map(({ filename, code }) => [filename, code])).toEqual([
      ['empty.txt', 'empty_file'], ['picture.pdf', 'unsupported_type'], ['big.pdf', 'file_too_large'],
    ])
    expect(result.status).toBe(201)
    expect((await acceptFiles(h, [h.receive('GIF89a', 'x.gif')])).status).toBe(415)
    expect(readdirSync(incomingDir(h.filesDir))).toEqual([])
  })
})
