DROP INDEX customers_surviving;
DROP TABLE likenesses;
DROP TABLE merge_suggestions;
DROP TABLE merges;
