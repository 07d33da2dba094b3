-- Types of pushed events: how they are stored and shown. The shape is JSON, as `core` writes it.
CREATE TABLE event_types (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    shape TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX event_types_name ON event_types (name);
INSERT INTO event_types (id, name, shape, created_at, updated_at, version) VALUES
    (1, 'order.placed', '{"kind":"order","channel":"event","icon":"cart","title":"Order {{data.number}} placed","body":null,"fields":[{"label":"Number","path":"data.number","format":"text","fact":"order_number"},{"label":"Total","path":"data.total","format":"amount"},{"label":"Page","path":"data.url","format":"link"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1),
    (2, 'order.shipped', '{"kind":"order","channel":"event","icon":"truck","title":"Order {{data.number}} shipped","body":null,"fields":[{"label":"Carrier","path":"data.carrier","format":"text"},{"label":"Tracking number","path":"data.tracking_number","format":"text","fact":"tracking_number"},{"label":"Tracking","path":"data.tracking_url","format":"link"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1),
    (3, 'page.viewed', '{"kind":"page_view","channel":"event","icon":"page","title":"Looked at {{data.title}}","body":null,"fields":[{"label":"Address","path":"data.url","format":"link"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1),
    (4, 'call.finished', '{"kind":"call","channel":"phone","icon":"phone","title":"Call, {{data.duration_seconds}} seconds","body":"{{data.summary}}","fields":[{"label":"Direction","path":"data.direction","format":"text"},{"label":"Number","path":"data.number","format":"text"},{"label":"Recording","path":"data.recording_url","format":"link"}],"schema":null,"makes_customers":true}', 1795305600000000, 1795305600000000, 1),
    (5, 'survey.responded', '{"kind":"survey_response","channel":"survey","icon":"check","title":"Survey answered: {{data.score}}","body":"{{data.comment}}","fields":[{"label":"Survey","path":"data.survey","format":"text"},{"label":"Score","path":"data.score","format":"text"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1),
    (6, 'review.posted', '{"kind":"review","channel":"review","icon":"star","title":"Review: {{data.rating}} of {{data.out_of}}","body":"{{data.text}}","fields":[{"label":"Product","path":"data.product","format":"text"},{"label":"Page","path":"data.url","format":"link"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1),
    (7, 'social.mentioned', '{"kind":"social_mention","channel":"social","icon":"chat","title":"Mentioned us on {{data.network}}","body":"{{data.text}}","fields":[{"label":"Post","path":"data.url","format":"link"}],"schema":null,"makes_customers":false}', 1795305600000000, 1795305600000000, 1);

-- What was pushed with a key, so that a repeat is known. An event and its item have one number.
CREATE TABLE pushed_events (
    id BIGINT NOT NULL PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX pushed_events_key ON pushed_events (actor, key);

-- Events about nobody we know yet. The content is JSON: all that the item will need.
CREATE TABLE waiting_events (
    id BIGINT NOT NULL PRIMARY KEY,
    actor TEXT NOT NULL,
    event_type TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX waiting_events_age ON waiting_events (created_at);

-- By what a waiting event is found when somebody turns out to be whom it is about.
CREATE TABLE waiting_hints (
    kind SMALLINT NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    event_id BIGINT NOT NULL REFERENCES waiting_events (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, scope, value, event_id)
);
CREATE INDEX waiting_hints_event ON waiting_hints (event_id);

-- The fields that the admin adds to customers.
CREATE TABLE custom_fields (
    id BIGINT NOT NULL PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    options TEXT NOT NULL,
    required BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX custom_fields_key ON custom_fields (key);

-- What each source says of a record's field; the newest of each source. wins marks the one that
-- counts, and value_key is its value as lists are filtered by it.
CREATE TABLE profile_fields (
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    field TEXT COLLATE "C" NOT NULL,
    source SMALLINT NOT NULL,
    value TEXT NOT NULL,
    value_key TEXT COLLATE "C" NOT NULL,
    wins BOOLEAN NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, field, source)
);
CREATE INDEX profile_fields_value ON profile_fields (field, value_key, wins, customer_id);

-- What customers agreed to, for each purpose, with its history.
CREATE TABLE consents (
    id BIGINT NOT NULL PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    purpose TEXT COLLATE "C" NOT NULL,
    state SMALLINT NOT NULL,
    given_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    proof TEXT,
    set_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX consents_customer ON consents (customer_id, id);
