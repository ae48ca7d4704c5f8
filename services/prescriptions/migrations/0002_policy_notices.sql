-- Policy packs that directory announced, and whether this service holds them with that digest.
CREATE TABLE policy_notices (
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (pack_id, pack_version)
);
