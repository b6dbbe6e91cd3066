-- 1: a passage that should not have been cited; these have ordinals from 100 on.
ALTER TABLE feedback_passages ADD COLUMN unwanted INTEGER NOT NULL DEFAULT 0;
