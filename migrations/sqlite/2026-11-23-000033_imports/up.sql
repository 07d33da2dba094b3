-- Imports of all kinds: what was made for phone logs holds contacts and mails as well.
-- The PostgreSQL folder holds the same tables; a test compares the two.

DROP INDEX phone_imports_inbox;
DROP INDEX phone_imports_blob;
DROP INDEX phone_imports_finished;
ALTER TABLE phone_imports RENAME TO imports;
ALTER TABLE phone_rejections RENAME TO import_rejections;
ALTER TABLE imports ADD COLUMN kind SMALLINT NOT NULL DEFAULT 1;
-- Contacts belong to no inbox.
-- SQLite cannot let a column be null that could not, so it is written anew.
ALTER TABLE imports RENAME COLUMN inbox_id TO of_inbox;
ALTER TABLE imports ADD COLUMN inbox_id BIGINT REFERENCES inboxes (id) ON DELETE CASCADE;
UPDATE imports SET inbox_id = of_inbox;
ALTER TABLE imports DROP COLUMN of_inbox;
CREATE INDEX imports_inbox ON imports (inbox_id, id);
CREATE INDEX imports_kind ON imports (kind, id);
CREATE INDEX imports_blob ON imports (blob);
CREATE INDEX imports_finished ON imports (finished_at);

-- By which import a mail came: it is history, so it opens nothing and tells nobody.
ALTER TABLE deliveries ADD COLUMN import_id BIGINT REFERENCES imports (id) ON DELETE SET NULL;
CREATE INDEX deliveries_import ON deliveries (import_id, id) WHERE import_id IS NOT NULL;

-- Contacts name organizations.
CREATE INDEX organizations_name ON organizations (name);
