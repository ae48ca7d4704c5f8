-- Events that a consumer has handled. The row is written in the transaction of their effect.
CREATE TABLE inbox (
    consumer   TEXT NOT NULL,
    event_id   TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

-- Last sequence of each aggregate that a consumer has seen.
CREATE TABLE aggregate_progress (
    consumer      TEXT NOT NULL,
    topic         TEXT NOT NULL,
    subject       TEXT NOT NULL,
    last_sequence BIGINT NOT NULL,
    PRIMARY KEY (consumer, topic, subject)
);

-- Where a consumer goes on reading. The truth; what the broker keeps is for lag figures only.
CREATE TABLE stream_progress (
    consumer     TEXT NOT NULL,
    topic        TEXT NOT NULL,
    partition_no BIGINT NOT NULL,
    next_offset  BIGINT NOT NULL,
    cluster_id   TEXT NOT NULL,
    event_time   BIGINT,
    PRIMARY KEY (consumer, topic, partition_no)
);

-- Events that came before an earlier one of their aggregate, or behind a dead letter.
CREATE TABLE parked_events (
    consumer      TEXT NOT NULL,
    topic         TEXT NOT NULL,
    subject       TEXT NOT NULL,
    sequence      BIGINT NOT NULL,
    partition_no  BIGINT NOT NULL,
    record_offset BIGINT NOT NULL,
    event_id      TEXT NOT NULL,
    headers       BYTEA NOT NULL,
    record_key    TEXT NOT NULL,
    payload       BYTEA NOT NULL,
    parked_at     BIGINT NOT NULL,
    PRIMARY KEY (consumer, topic, subject, sequence)
);

-- What each event did. No unique constraint on purpose: it is the witness against double effects.
CREATE TABLE effects (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL
);
CREATE INDEX effects_event ON effects (consumer, event_id);

-- Events that a consumer could not handle. Kept after they were applied (resolved_at).
CREATE TABLE dead_letters (
    consumer      TEXT NOT NULL,
    topic         TEXT NOT NULL,
    event_id      TEXT NOT NULL,
    partition_no  BIGINT NOT NULL,
    record_offset BIGINT NOT NULL,
    type          TEXT NOT NULL,
    subject       TEXT NOT NULL,
    sequence      BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    failed_at     BIGINT NOT NULL,
    headers       BYTEA NOT NULL,
    record_key    BYTEA,
    payload       BYTEA,
    resolved_at   BIGINT,
    PRIMARY KEY (consumer, topic, event_id)
);
CREATE INDEX dead_letters_open ON dead_letters (consumer, topic, subject) WHERE resolved_at IS NULL;
