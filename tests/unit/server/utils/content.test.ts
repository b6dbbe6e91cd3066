import { describe, expect, it } from 'vitest'
import { askedRange, contentDisposition, matchesEtag, parseByteRange } from '../../../../server/utils/content.ts'
import { fakeEvent } from './support.ts'

describe('matchesEtag', () => {
  it.each([
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['*', true],
    ['"abcd"', false],
    ['abc', false],
    ['', false],
    [undefined, false],
  ])('%s', (header, expected) => {
    expect(matchesEtag(header, '"abc"')).toBe(expected)
  })
})

describe('askedRange', () => {
  it.each([
    [{ headers: { range: 'bytes=0-1' } }, 'bytes=0-1'],
    [{ headers: { 'range': 'bytes=0-1', 'if-range': '"abc"' } }, 'bytes=0-1'],
    [{ headers: { 'range': 'bytes=0-1', 'if-range': '"old"' } }, undefined],
    [{ headers: { 'range': 'bytes=0-1', 'if-range': 'W/"abc"' } }, undefined],
    [{ method: 'HEAD', headers: { range: 'bytes=0-1' } }, undefined],
    [{}, undefined],
  ])('of %j', (request, expected) => {
    expect(askedRange(fakeEvent(request), '"abc"')).toBe(expected)
  })
})

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=2-5', { start: 2, end: 5 }],
    ['bytes=2-', { start: 2, end: 9 }],
    ['bytes=2-500', { start: 2, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    [undefined, null],
  ])('%s of ten bytes', (header, expected) => {
    expect(parseByteRange(header, 10)).toEqual(expected)
  })
})

describe('contentDisposition', () => {
  it.each([
    ['rag.pdf', `attachment; filename="rag.pdf"; filename*=UTF-8''rag.pdf`],
    ['Crème "brûlée" 100%.txt', `attachment; filename="Creme _brulee_ 100_.txt"; filename*=UTF-8''Cr%C3%A8me%20%22br%C3%BBl%C3%A9e%22%20100%25.txt`],
    ['日本 (1).md', `attachment; filename="__ (1).md"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%281%29.md`],
  ])('%s', (filename, header) => {
    expect(contentDisposition(filename)).toBe(header)
  })
})
