-- Mailboxes: how they are read and written to, what was seen in them, and what is on its way out.
-- The SQLite folder holds the same tables; a test compares the two.

-- The Message-ID, once the mail was read, and the size at its source where only the header was taken.
ALTER TABLE deliveries ADD COLUMN message_id TEXT COLLATE "C";
ALTER TABLE deliveries ADD COLUMN full_size BIGINT;
CREATE INDEX deliveries_message_id ON deliveries (message_id);

-- Of the message that carries an id: whether it went to many, and whether somebody moved it to this
-- ticket.
ALTER TABLE mail_ids ADD COLUMN bulk BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE mail_ids ADD COLUMN moved BOOLEAN NOT NULL DEFAULT FALSE;

-- One row per inbox of the channel e-mail that was set up. `credentials` is encrypted.
CREATE TABLE mail_settings (
    inbox_id BIGINT NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    settings TEXT NOT NULL,
    credentials TEXT,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- Where we stand in each folder, who reads it at present, and how that goes.
CREATE TABLE mail_folders (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    folder TEXT COLLATE "C" NOT NULL,
    uid_validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL,
    checked_at BIGINT,
    failures INTEGER NOT NULL,
    failing_since BIGINT,
    last_error TEXT,
    lease_until BIGINT,
    lease_token BIGINT,
    PRIMARY KEY (inbox_id, folder)
);

-- Every message ever seen on a server. `pending` is what is still to be done to it there.
CREATE TABLE mail_uids (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    folder TEXT COLLATE "C" NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    delivery_id BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    pending SMALLINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, folder, uid_validity, uid)
);
CREATE INDEX mail_uids_delivery ON mail_uids (delivery_id);
CREATE INDEX mail_uids_pending ON mail_uids (inbox_id, folder, pending);

-- What goes out, and how far it has come. The same stands on the item, for readers.
CREATE TABLE outgoing_mails (
    item_id BIGINT NOT NULL PRIMARY KEY REFERENCES timeline_items (id) ON DELETE CASCADE,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE RESTRICT,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    message_id TEXT COLLATE "C" NOT NULL,
    state SMALLINT NOT NULL,
    send_at BIGINT NOT NULL,
    stop_on_answer BOOLEAN NOT NULL,
    automatic BOOLEAN NOT NULL,
    deferrals INTEGER NOT NULL,
    first_tried_at BIGINT,
    sending_since BIGINT,
    reached TEXT NOT NULL,
    refused TEXT NOT NULL,
    words TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX outgoing_mails_inbox ON outgoing_mails (inbox_id, state);
CREATE INDEX outgoing_mails_ticket ON outgoing_mails (ticket_id, state);

-- How fast an inbox may send: the instant at which its bucket will be full again.
CREATE TABLE send_paces (
    inbox_id BIGINT NOT NULL PRIMARY KEY REFERENCES inboxes (id) ON DELETE CASCADE,
    full_at BIGINT NOT NULL
);

-- Tickets that belong together without being one.
CREATE TABLE ticket_links (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, other_id, kind)
);
CREATE INDEX ticket_links_other ON ticket_links (other_id);

-- Answers that were written by no person, to cap them per address.
CREATE TABLE automatic_answers (
    id BIGINT NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    address TEXT COLLATE "C" NOT NULL,
    sent_at BIGINT NOT NULL
);
CREATE INDEX automatic_answers_inbox ON automatic_answers (inbox_id);
CREATE INDEX automatic_answers_address ON automatic_answers (address, sent_at);

-- Files that were sent here to be attached and are not yet. The id becomes the attachment's.
CREATE TABLE uploads (
    id BIGINT NOT NULL PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL,
    blob TEXT COLLATE "C" NOT NULL,
    name TEXT,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX uploads_created ON uploads (created_at);
