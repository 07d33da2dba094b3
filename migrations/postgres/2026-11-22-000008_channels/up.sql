-- Channels other than mail: how their inboxes are set up, and which of their objects are which items.
-- The SQLite folder holds the same tables; a test compares the two.

-- One row per inbox that a platform is connected to. `secrets` is encrypted.
CREATE TABLE channel_accounts (
    inbox_id BIGINT NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    settings TEXT NOT NULL,
    secrets TEXT,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- The ticket in which a conversation of a platform goes on.
CREATE TABLE conversations (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    PRIMARY KEY (inbox_id, key)
);
CREATE INDEX conversations_ticket ON conversations (ticket_id);

-- The events that were done, by their keys, so that one that comes again does nothing.
CREATE TABLE channel_events (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, key)
);

-- Which object of a platform is which item.
CREATE TABLE channel_objects (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    object TEXT COLLATE "C" NOT NULL,
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    PRIMARY KEY (inbox_id, object)
);
CREATE INDEX channel_objects_item ON channel_objects (item_id);

-- What refers to an object that has not come yet.
CREATE TABLE parked_events (
    id BIGINT NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    object TEXT COLLATE "C" NOT NULL,
    event TEXT NOT NULL,
    parked_at BIGINT NOT NULL
);
CREATE INDEX parked_events_object ON parked_events (inbox_id, object);
CREATE INDEX parked_events_parked ON parked_events (parked_at);
