-- Which wording of the prompts a call was made with (server/answer/prompts/version.ts); null before it was noted.
ALTER TABLE usage ADD COLUMN prompt_version INTEGER;
