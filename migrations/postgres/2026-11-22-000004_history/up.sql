-- What is done with a history: pins, redaction and erasure, with what they need to be found by.
-- The SQLite folder holds the same tables; a test compares the two.

-- Whether those who may not see a restricted inbox may know that something came by it.
ALTER TABLE inboxes ADD COLUMN show_placeholders BOOLEAN NOT NULL DEFAULT FALSE;

-- What agents keep in sight.
CREATE TABLE pins (
    item_id BIGINT NOT NULL PRIMARY KEY REFERENCES timeline_items (id) ON DELETE CASCADE,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    actor TEXT COLLATE "C" NOT NULL,
    pinned_at BIGINT NOT NULL
);
CREATE INDEX pins_customer ON pins (customer_id);

-- Blobs that were named and perhaps are no longer: moved aside first, and deleted later if still nobody
-- names them.
CREATE TABLE blob_trash (
    blob TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL,
    aside_at BIGINT
);
CREATE INDEX blob_trash_since ON blob_trash (since);

-- The proof of an erasure, which outlives the customer.
CREATE TABLE erasures (
    id BIGINT NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    records TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    counts TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    highest_number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX erasures_customer ON erasures (customer_id);
CREATE INDEX erasures_highest_number ON erasures (highest_number);
CREATE INDEX erasures_finished ON erasures (finished_at);

-- Counting by channel, kind and month reads this index alone.
CREATE INDEX timeline_items_counts
    ON timeline_items (customer_id, channel, kind, order_key, inbox_id, ticket_id);
-- Who else names the same HTML.
CREATE INDEX timeline_items_html ON timeline_items (substr(detail, strpos(detail, '"html_blob":"') + 13, 64)) WHERE strpos(detail, '"html_blob":"') > 0;
CREATE INDEX domain_events_of_customer ON domain_events (customer_id, id);
