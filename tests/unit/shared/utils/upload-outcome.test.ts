import { describe, expect, it } from 'vitest'
import { MAX_UPLOAD_BYTES } from '../../../../shared/schemas/documents.ts'
import { fileProblem, uploadOutcome } from '../../../../shared/utils/upload-outcome.ts'

const result = (part: Record<string, unknown>) => ({ documents: [], duplicates: [], rejected: [], ...part })

describe('uploadOutcome', () => {
  it('tells a new document from one that was here', () => {
    expect(uploadOutcome(201, result({ documents: [{ id: '1', title: 'New', bytes: 3 }] }))).toEqual({ state: 'added', document: { id: '1', title: 'New' }, message: null })
    expect(uploadOutcome(201, result({ duplicates: [{ id: '2', title: 'Old' }] }))).toMatchObject({ state: 'duplicate', document: { id: '2' } })
  })

  it('shows why a file was not taken', () => {
    expect(uploadOutcome(201, result({ rejected: [{ filename: 'a', code: 'x', message: 'Why.' }] }))).toEqual({ state: 'rejected', document: null, message: 'Why.' })
    expect(uploadOutcome(415, { code: 'unsupported_type', message: 'Not that.' })).toMatchObject({ state: 'rejected', message: 'Not that.' })
    expect(uploadOutcome(413, '<html>nginx</html>').message).toContain('100 MB')
  })

  it('offers to try again where the file is not the reason', () => {
    for (const status of [0, 401, 408, 429, 500, 503, 507]) expect(uploadOutcome(status, null).state).toBe('failed')
    expect(uploadOutcome(507, { code: 'disk_full', message: 'The disk is full.' }).message).toBe('The disk is full.')
    expect(uploadOutcome(400, { code: 'upload_broken', message: 'It broke off.' })).toMatchObject({ state: 'failed', message: 'It broke off.' })
    expect(uploadOutcome(200, 'not an answer of ours').state).toBe('failed')
  })
})

it('stops empty and oversized files before they are sent', () => {
  expect(fileProblem({ size: 0 })).toContain('empty')
  expect(fileProblem({ size: 1 })).toBeNull()
  expect(fileProblem({ size: MAX_UPLOAD_BYTES })).toBeNull()
  expect(fileProblem({ size: MAX_UPLOAD_BYTES + 1 })).toContain('100 MB')
})
