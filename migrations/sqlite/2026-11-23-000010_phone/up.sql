-- Phone logs: files that are imported, the calls that they tell of, and tags on items.
-- The PostgreSQL folder holds the same tables; a test compares the two.

-- How files of one kind are read, by the name that an admin gave it.
CREATE TABLE phone_mappings (
    name TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- A file, how it is read, and how far that has come. `blob` is empty once the file was let go of.
CREATE TABLE phone_imports (
    id INTEGER NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    blob TEXT NOT NULL,
    size BIGINT NOT NULL,
    actor TEXT NOT NULL,
    source TEXT,
    state SMALLINT NOT NULL,
    counts TEXT NOT NULL,
    checked TEXT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX phone_imports_inbox ON phone_imports (inbox_id, id);
CREATE INDEX phone_imports_blob ON phone_imports (blob);
CREATE INDEX phone_imports_finished ON phone_imports (finished_at);

-- Rows that could not be read, as they stood in the file.
CREATE TABLE phone_rejections (
    import_id BIGINT NOT NULL REFERENCES phone_imports (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    line BIGINT NOT NULL,
    reason TEXT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (import_id, place)
);

-- The calls that are known, by a hash of what their system calls them. What they say stands in their
-- item; only those that have none, since they name nobody, keep it here. One with neither was erased.
CREATE TABLE phone_calls (
    id INTEGER NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    item_id BIGINT REFERENCES timeline_items (id) ON DELETE SET NULL,
    content TEXT,
    import_id BIGINT REFERENCES phone_imports (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX phone_calls_key ON phone_calls (inbox_id, key);
CREATE INDEX phone_calls_item ON phone_calls (item_id);
CREATE INDEX phone_calls_import ON phone_calls (import_id);
CREATE INDEX phone_calls_without_item ON phone_calls (inbox_id, id) WHERE content IS NOT NULL;

-- The legs that are known, by a hash of their natural key, each with a hash of what it says.
CREATE TABLE phone_legs (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    call_id BIGINT NOT NULL REFERENCES phone_calls (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    PRIMARY KEY (inbox_id, key)
);
CREATE INDEX phone_legs_call ON phone_legs (call_id);

-- What holds for the calls of one inbox.
CREATE TABLE phone_settings (
    inbox_id INTEGER NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL
);

-- Tags on items, such as calls.
CREATE TABLE item_tags (
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (item_id, tag_id)
);
CREATE INDEX item_tags_tag ON item_tags (tag_id, item_id);
