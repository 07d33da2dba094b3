-- Templates that platforms have approved. The SQLite folder holds the same table; a test compares the two.

-- One row per inbox whose platform was asked for its templates: whose they are, when it was asked, and what
-- it said, as JSON. It is a copy that can be asked for again; it goes with its inbox.
CREATE TABLE channel_templates (
    inbox_id BIGINT NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    account TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    templates TEXT NOT NULL
);
