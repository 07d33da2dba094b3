DROP TABLE item_tags;
DROP TABLE phone_settings;
DROP TABLE phone_legs;
DROP TABLE phone_calls;
DROP TABLE phone_rejections;
DROP TABLE phone_imports;
DROP TABLE phone_mappings;
