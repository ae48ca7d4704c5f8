-- Records of residents that turned out to be of one person: what is known of the merged id counts for
-- the surviving one. '' again after a split.
CREATE TABLE resident_merges (
    resident_id TEXT PRIMARY KEY,
    merged_into TEXT NOT NULL,
    caused_by TEXT NOT NULL
);
CREATE INDEX resident_merges_into ON resident_merges (merged_into);
