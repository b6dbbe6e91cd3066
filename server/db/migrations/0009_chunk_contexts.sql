-- What a model says of where a chunk stands in its document (server/context/). It is indexed with the chunk and never shown
-- or quoted, so it lies apart from the text. Empty: the model had nothing to say.
CREATE TABLE chunk_contexts (
  chunk_key INTEGER PRIMARY KEY REFERENCES chunks (key) ON DELETE CASCADE,
  text      TEXT NOT NULL,
  version   INTEGER NOT NULL,                   -- wording of the prompt
  indexed   INTEGER NOT NULL DEFAULT 0          -- 1: full text and vector have it
);
CREATE INDEX chunk_contexts_to_index ON chunk_contexts (chunk_key) WHERE indexed = 0;
-- How far that has got with a document.
CREATE TABLE document_contexts (
  document_key INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
  spent_usd    REAL NOT NULL DEFAULT 0,         -- of all readings of the document
  complete_for TEXT                             -- documents.ready_at of the reading that needs nothing more
);
-- What a call was for, where it was not for an answer.
ALTER TABLE usage ADD COLUMN purpose TEXT;
