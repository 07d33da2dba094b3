-- Addresses that domain events are sent to. Each has its own place in the order of events, and one
-- worker at a time sends to it, under a lease. The secrets are encrypted.
CREATE TABLE webhooks (
    id BIGINT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    description TEXT,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until BIGINT,
    state SMALLINT NOT NULL,
    state_reason TEXT,
    position BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    failing_since BIGINT,
    last_success_at BIGINT,
    last_error TEXT,
    next_at BIGINT NOT NULL,
    lease_until BIGINT,
    lease_token BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX webhooks_due ON webhooks (state, next_at);

-- Every try to send an event, for a while. The events themselves are in domain_events.
CREATE TABLE webhook_attempts (
    id BIGINT NOT NULL PRIMARY KEY,
    webhook_id BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    ms BIGINT NOT NULL,
    status INTEGER,
    error TEXT,
    response TEXT
);
CREATE INDEX webhook_attempts_webhook ON webhook_attempts (webhook_id, id);
CREATE INDEX webhook_attempts_at ON webhook_attempts (at);

-- Tickets by which a browser opens one live stream; each is taken out when it is used.
CREATE TABLE stream_tickets (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    actor TEXT NOT NULL,
    good_until BIGINT NOT NULL,
    access_until BIGINT
);
CREATE INDEX stream_tickets_good_until ON stream_tickets (good_until);
