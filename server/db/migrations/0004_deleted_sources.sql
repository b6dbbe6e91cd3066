-- When the document that a citation points at was deleted; null while it is there. The citation itself stays, so that the
-- numbers of an answer keep their places: with its quote where the owner chose so, else without quote and title.
ALTER TABLE citations ADD COLUMN source_deleted_at TEXT;
CREATE INDEX citations_by_document ON citations (document_id);
