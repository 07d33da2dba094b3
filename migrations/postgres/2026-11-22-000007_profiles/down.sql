DROP TABLE consents;
DROP TABLE profile_fields;
DROP TABLE custom_fields;
DROP TABLE waiting_hints;
DROP TABLE waiting_events;
DROP TABLE pushed_events;
DROP TABLE event_types;
