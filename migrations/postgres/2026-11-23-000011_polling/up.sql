-- Asking platforms for what is new. The SQLite folder holds the same table; a test compares the two.

-- One row per inbox whose platform was ever asked: who asks, how far it is recorded, how that goes.
-- `cursor` is the channel's own, as JSON. `version` is that of the set-up that the trouble belongs to.
CREATE TABLE channel_places (
    inbox_id BIGINT NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    cursor TEXT NOT NULL,
    asked_at BIGINT,
    failures INTEGER NOT NULL,
    failing_since BIGINT,
    last_error TEXT,
    needs_change BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    next_at BIGINT,
    lease_until BIGINT,
    lease_token BIGINT
);
