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

-- What refers to an object that has not come yet: of which delivery it is, and who brought it about.
CREATE TABLE parked_events (
    id BIGINT NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    object TEXT COLLATE "C" NOT NULL,
    delivery_id BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    who TEXT COLLATE "C" NOT NULL,
    event TEXT NOT NULL,
    parked_at BIGINT NOT NULL
);
CREATE INDEX parked_events_object ON parked_events (inbox_id, object);
CREATE INDEX parked_events_delivery ON parked_events (delivery_id);
CREATE INDEX parked_events_who ON parked_events (who);
CREATE INDEX parked_events_parked ON parked_events (parked_at);

-- The items of a delivery beside the one that the ledger names: platforms send several at a time.
CREATE TABLE delivery_items (
    delivery_id BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    PRIMARY KEY (delivery_id, item_id)
);
CREATE INDEX delivery_items_item ON delivery_items (item_id);
