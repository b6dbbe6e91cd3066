-- What was read of each page, left out and mended. A page from before this has an empty report until it is read anew.
ALTER TABLE pages ADD COLUMN label TEXT;                          -- a sheet's or a chapter's name
ALTER TABLE pages ADD COLUMN report TEXT NOT NULL DEFAULT '{}';   -- JSON PageReport
-- Where a document from the web came from.
ALTER TABLE documents ADD COLUMN source_url TEXT;
ALTER TABLE documents ADD COLUMN fetched_at TEXT;
