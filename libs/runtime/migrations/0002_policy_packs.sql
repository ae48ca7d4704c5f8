-- Documents of policy packs that were published after this deployment was made, as they were read.
CREATE TABLE policy_documents (
    region  TEXT NOT NULL,
    version BIGINT NOT NULL,
    text    BYTEA NOT NULL,
    PRIMARY KEY (region, version)
);
-- Packs that the directory announced (PolicyPackPublished); a projection. A service holds each.
CREATE TABLE announced_packs (
    pack_id       TEXT NOT NULL,
    pack_version  BIGINT NOT NULL,
    digest        TEXT NOT NULL,
    district_code TEXT NOT NULL,
    valid_from    TEXT NOT NULL,
    valid_to      TEXT NOT NULL,
    PRIMARY KEY (pack_id, pack_version, digest)
);
