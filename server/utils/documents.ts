import { getRouterParam, type H3Event } from 'h3'
import { validate as isUuid } from 'uuid'
import { findDocumentRecord, type DocumentRecord } from '../db/documents.ts'
import { documentNotFound } from '../ingest/queue.ts'
import { useServices } from './services.ts'

/** The document id in the path. What is no UUID can be no document. @throws AppError 404 `document_not_found` */
export function readDocumentId(event: H3Event): string {
  const id = getRouterParam(event, 'id')
  if (!id || !isUuid(id)) throw documentNotFound()
  return id.toLowerCase()
}

/** The document in the path, as the routes of its parts need it. @throws AppError 404 `document_not_found` */
export function readDocument(event: H3Event): DocumentRecord {
  const document = findDocumentRecord(useServices().db, readDocumentId(event))
  if (!document) throw documentNotFound()
  return document
}
