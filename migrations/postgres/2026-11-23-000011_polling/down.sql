DROP TABLE channel_places;
