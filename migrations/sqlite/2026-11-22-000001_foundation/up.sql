-- Instants are UTC microseconds; ids are 64-bit, time-ordered and made by the application.
-- An id is INTEGER (64 bits in SQLite) and not BIGINT: only then it is the place of the row itself,
-- without an index of its own beside the table.
-- The PostgreSQL folder holds the same tables; a test compares the two.

CREATE TABLE nodes (
    id SMALLINT NOT NULL PRIMARY KEY,
    holder BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);

CREATE TABLE organizations (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    domain TEXT,
    created_at BIGINT NOT NULL,
    parent_id BIGINT REFERENCES organizations (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX organizations_domain ON organizations (domain);
CREATE INDEX organizations_parent ON organizations (parent_id);

CREATE TABLE teams (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_folded_name ON teams (folded_name);

CREATE TABLE agents (
    id INTEGER NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role SMALLINT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    failed_sign_ins INTEGER NOT NULL,
    locked_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX agents_email ON agents (email);

CREATE TABLE team_members (
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, agent_id)
);
CREATE INDEX team_members_agent ON team_members (agent_id);

CREATE TABLE refresh_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    family BIGINT NOT NULL,
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX refresh_tokens_token_hash ON refresh_tokens (token_hash);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_agent ON refresh_tokens (agent_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE api_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    inboxes TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_key_hash ON api_keys (key_hash);

CREATE TABLE idempotency_keys (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status SMALLINT,
    headers TEXT,
    body TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Keys that every node must share and nobody needs to type, such as the one that signs tokens.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE inboxes (
    id INTEGER NOT NULL PRIMARY KEY,
    channel SMALLINT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    restricted BOOLEAN NOT NULL,
    default_team_id BIGINT REFERENCES teams (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX inboxes_address ON inboxes (channel, address);
CREATE INDEX inboxes_default_team ON inboxes (default_team_id);

-- The teams that may see a restricted inbox.
CREATE TABLE inbox_teams (
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    PRIMARY KEY (inbox_id, team_id)
);
CREATE INDEX inbox_teams_team ON inbox_teams (team_id);

-- canonical_id is the surviving record of those that are one customer, and NULL in that one.
CREATE TABLE customers (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT,
    organization_id BIGINT REFERENCES organizations (id) ON DELETE SET NULL,
    language TEXT,
    time_zone TEXT,
    demo BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    activity_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    canonical_id BIGINT REFERENCES customers (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX customers_activity_key ON customers (activity_key);
CREATE INDEX customers_canonical ON customers (canonical_id) WHERE canonical_id IS NOT NULL;
CREATE INDEX customers_organization ON customers (organization_id, id);

-- scope is where a platform's id means something, such as a workspace; empty where it means the same
-- everywhere.
CREATE TABLE identities (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind SMALLINT NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    display TEXT NOT NULL,
    name TEXT,
    proof TEXT NOT NULL,
    source TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    proved_at BIGINT,
    shared BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX identities_value ON identities (kind, scope, value);
CREATE INDEX identities_customer ON identities (customer_id);

CREATE TABLE statuses (
    key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    category SMALLINT NOT NULL,
    position INTEGER NOT NULL
);
INSERT INTO statuses (key, name, category, position) VALUES
    ('open', 'Open', 0, 1),
    ('waiting', 'Waiting for the customer', 1, 2),
    ('resolved', 'Resolved', 2, 3);

CREATE TABLE tickets (
    id INTEGER NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE RESTRICT,
    channel SMALLINT NOT NULL,
    subject TEXT NOT NULL,
    status_key TEXT NOT NULL REFERENCES statuses (key) ON DELETE RESTRICT,
    category SMALLINT NOT NULL,
    priority SMALLINT NOT NULL,
    assignee_agent_id BIGINT REFERENCES agents (id) ON DELETE SET NULL,
    assignee_team_id BIGINT REFERENCES teams (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_key BIGINT NOT NULL,
    resolved_at BIGINT,
    last_message_at BIGINT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX tickets_number ON tickets (number);
CREATE UNIQUE INDEX tickets_updated_key ON tickets (updated_key);
CREATE INDEX tickets_category_updated ON tickets (category, updated_key);
CREATE INDEX tickets_priority ON tickets (priority, updated_key);
CREATE INDEX tickets_category_priority ON tickets (category, priority, updated_key);
CREATE INDEX tickets_customer ON tickets (customer_id, id);
CREATE INDEX tickets_inbox ON tickets (inbox_id, updated_key);
CREATE INDEX tickets_status ON tickets (status_key, updated_key);
CREATE INDEX tickets_agent ON tickets (assignee_agent_id, category, updated_key);
CREATE INDEX tickets_team ON tickets (assignee_team_id, category, updated_key);

CREATE TABLE tags (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    color TEXT,
    description TEXT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX tags_folded_name ON tags (folded_name);

CREATE TABLE ticket_tags (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (ticket_id, tag_id)
);
CREATE INDEX ticket_tags_tag ON ticket_tags (tag_id, ticket_id);

CREATE TABLE customer_tags (
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (customer_id, tag_id)
);
CREATE INDEX customer_tags_tag ON customer_tags (tag_id, customer_id);

-- One row for all that ever happened with a customer. order_key is the time of
-- occurrence with a tie-break in one number: a page is one range of one index.
CREATE TABLE timeline_items (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    order_key BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    channel SMALLINT NOT NULL,
    visibility SMALLINT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id) ON DELETE CASCADE,
    inbox_id BIGINT REFERENCES inboxes (id) ON DELETE RESTRICT,
    identity_id BIGINT REFERENCES identities (id) ON DELETE SET NULL,
    author_kind SMALLINT NOT NULL,
    author_id BIGINT,
    occurred_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE UNIQUE INDEX timeline_items_order_key ON timeline_items (customer_id, order_key);
CREATE INDEX timeline_items_ticket ON timeline_items (ticket_id, order_key);
CREATE INDEX timeline_items_inbox ON timeline_items (inbox_id);
CREATE INDEX timeline_items_identity ON timeline_items (identity_id);

CREATE TABLE attachments (
    id INTEGER NOT NULL PRIMARY KEY,
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    position SMALLINT NOT NULL,
    name TEXT,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    blob TEXT NOT NULL,
    content_id TEXT,
    inline BOOLEAN NOT NULL
);
CREATE INDEX attachments_item ON attachments (item_id, position);
CREATE INDEX attachments_blob ON attachments (blob);

-- Every Message-ID ever seen, in whichever header, and the ticket it led to.
CREATE TABLE mail_ids (
    mail_id TEXT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    item_id BIGINT REFERENCES timeline_items (id) ON DELETE CASCADE,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (mail_id, ticket_id)
);
CREATE INDEX mail_ids_ticket ON mail_ids (ticket_id);
CREATE INDEX mail_ids_item ON mail_ids (item_id);

-- The ledger: all that ever arrived, and what became of it.
CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY,
    inbox_id BIGINT NOT NULL REFERENCES inboxes (id) ON DELETE RESTRICT,
    external_id TEXT NOT NULL,
    blob TEXT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    outcome SMALLINT NOT NULL,
    reason TEXT,
    item_id BIGINT,
    processed_at BIGINT
);
CREATE UNIQUE INDEX deliveries_external_id ON deliveries (inbox_id, external_id);
CREATE INDEX deliveries_outcome ON deliveries (outcome, id);
CREATE INDEX deliveries_inbox ON deliveries (inbox_id, id);
CREATE INDEX deliveries_blob ON deliveries (blob);
CREATE INDEX deliveries_item ON deliveries (item_id);

CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    lease_until BIGINT,
    lease_token BIGINT,
    attempts INTEGER NOT NULL,
    dead BOOLEAN NOT NULL,
    last_error TEXT,
    dedup_key TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, dead, run_at);
CREATE UNIQUE INDEX jobs_dedup_key ON jobs (kind, dedup_key);

-- Append-only. position is given in the order in which events became visible, so
-- that a reader who remembers one number never misses a late commit.
CREATE TABLE domain_events (
    id INTEGER NOT NULL PRIMARY KEY,
    position BIGINT,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    customer_id BIGINT,
    ticket_id BIGINT,
    inbox_id BIGINT,
    occurred_at BIGINT NOT NULL,
    payload TEXT NOT NULL
);
CREATE UNIQUE INDEX domain_events_position ON domain_events (position);
CREATE INDEX domain_events_pending ON domain_events (id) WHERE position IS NULL;
CREATE INDEX domain_events_ticket ON domain_events (ticket_id, id);

CREATE VIRTUAL TABLE item_search USING fts5(
    body, content='', contentless_delete=1, tokenize="ascii tokenchars '-_./@+#:'"
);
CREATE VIRTUAL TABLE customer_search USING fts5(
    body, content='', contentless_delete=1, tokenize="ascii tokenchars '-_./@+#:'"
);
