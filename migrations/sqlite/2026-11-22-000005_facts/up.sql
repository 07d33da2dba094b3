-- Facts that customers told, the rules that find them and the questions for them, what we promised, and
-- what the repeat guard saw.
-- The PostgreSQL folder holds the same tables; a test compares the two.

-- The ticket, channel and sight of a fact are those of its item.
CREATE TABLE facts (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    display TEXT NOT NULL,
    range_start INTEGER,
    range_end INTEGER,
    rule TEXT NOT NULL,
    source SMALLINT NOT NULL,
    confidence SMALLINT NOT NULL,
    said_at BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    state_by TEXT,
    state_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX facts_item ON facts (item_id, kind, value);
CREATE INDEX facts_customer ON facts (customer_id, said_at, id);
CREATE INDEX facts_customer_kind ON facts (customer_id, kind, said_at);

-- Patterns by admins. version rises with every change of any rule.
CREATE TABLE fact_rules (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    pattern TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- Phrases by which agents ask for a fact, by admins.
CREATE TABLE question_rules (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    phrase TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE promises (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    about_item_id BIGINT REFERENCES timeline_items (id) ON DELETE SET NULL,
    body TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    state_by TEXT,
    state_at BIGINT,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX promises_customer ON promises (customer_id, id);
CREATE INDEX promises_ticket ON promises (ticket_id);
CREATE INDEX promises_item ON promises (item_id);
CREATE INDEX promises_about_item ON promises (about_item_id);
CREATE INDEX promises_due ON promises (state, due_at);

-- Drafts and replies that asked for what was known.
CREATE TABLE guard_checks (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    actor TEXT NOT NULL,
    team_id BIGINT,
    channel SMALLINT NOT NULL,
    kinds TEXT NOT NULL,
    outcome SMALLINT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX guard_checks_customer ON guard_checks (customer_id);
CREATE INDEX guard_checks_ticket ON guard_checks (ticket_id, outcome);
CREATE INDEX guard_checks_created ON guard_checks (created_at);
