DROP TABLE delivery_items;
DROP TABLE parked_events;
DROP TABLE channel_objects;
DROP TABLE channel_events;
DROP TABLE conversations;
DROP TABLE channel_accounts;
