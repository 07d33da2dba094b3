-- Links by which a platform fetches a file of a reply. The PostgreSQL folder holds the same table; a test compares
-- the two.

-- The link itself is not here: only the hash of what stands in it. It ends by itself, and goes with its file.
-- `fetched` counts how often it was answered.
CREATE TABLE file_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    attachment_id INTEGER NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    fetched INTEGER NOT NULL
);
CREATE INDEX file_links_attachment ON file_links (attachment_id);
CREATE INDEX file_links_expiry ON file_links (expires_at);
