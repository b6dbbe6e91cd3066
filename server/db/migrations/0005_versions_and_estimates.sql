-- Measured while a step runs; null while it cannot be known.
ALTER TABLE documents ADD COLUMN seconds_left INTEGER;
-- A document that came under the name of a known one may be its new version. `version_of` is the question to the owner,
-- `replaces` the answer: once this one is ready, searches leave the other one out.
ALTER TABLE documents ADD COLUMN version_of INTEGER REFERENCES documents (key) ON DELETE SET NULL;
ALTER TABLE documents ADD COLUMN replaces INTEGER REFERENCES documents (key) ON DELETE SET NULL;
CREATE INDEX documents_by_filename ON documents (filename);
CREATE INDEX documents_by_offer ON documents (version_of) WHERE version_of IS NOT NULL;
CREATE UNIQUE INDEX documents_by_replaced ON documents (replaces) WHERE replaces IS NOT NULL;
-- 1: it took long before, and waits behind what may be quick.
ALTER TABLE jobs ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;
