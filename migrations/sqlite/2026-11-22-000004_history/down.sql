DROP INDEX domain_events_of_customer;
DROP INDEX timeline_items_html;
DROP INDEX timeline_items_counts;
DROP TABLE erasures;
DROP TABLE blob_trash;
DROP TABLE pins;
ALTER TABLE inboxes DROP COLUMN show_placeholders;
