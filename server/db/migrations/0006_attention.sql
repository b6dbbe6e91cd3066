-- What the owner should look at, of a page as bits (shared/utils/page-attention.ts) and of a document as JSON: how many
-- pages there are of each kind, null where there are none.
ALTER TABLE pages ADD COLUMN attention INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN attention TEXT;
-- Finds those pages without reading the others, whose text and boxes lie before the column.
CREATE INDEX pages_with_attention ON pages (document_key, number, attention) WHERE attention != 0;
