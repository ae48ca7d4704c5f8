-- Events in the order of their making. Never deleted: they are the history that ReplayEvents serves.
-- id, aggregatetype, aggregateid, type and payload are the columns that Debezium's outbox router reads.
CREATE TABLE outbox (
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL,
    topic           TEXT NOT NULL,
    aggregatetype   TEXT NOT NULL,
    aggregateid     TEXT NOT NULL,
    type            TEXT NOT NULL,
    payload         BYTEA NOT NULL,
    partition_key   TEXT NOT NULL,
    sequence        BIGINT NOT NULL,
    source          TEXT NOT NULL,
    event_time      BIGINT NOT NULL,
    correlation_id  TEXT NOT NULL,
    causation_id    TEXT NOT NULL,
    traceparent     TEXT NOT NULL,
    dead_letter     BIGINT NOT NULL DEFAULT 0,
    headers         BYTEA,
    recorded_at     BIGINT NOT NULL,
    published_at    BIGINT,
    kafka_partition BIGINT,
    kafka_offset    BIGINT
);
CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL;
CREATE UNIQUE INDEX outbox_event_id ON outbox (id) WHERE dead_letter = 0;
CREATE UNIQUE INDEX outbox_stream ON outbox (aggregateid, sequence) WHERE dead_letter = 0;

-- Last published sequence of each aggregate.
CREATE TABLE stream_heads (
    subject       TEXT PRIMARY KEY,
    last_sequence BIGINT NOT NULL
);

-- Last offset that the relay wrote to each partition, on the broker instance it wrote to.
CREATE TABLE relay_positions (
    topic        TEXT NOT NULL,
    partition_no BIGINT NOT NULL,
    last_offset  BIGINT NOT NULL,
    cluster_id   TEXT NOT NULL,
    PRIMARY KEY (topic, partition_no)
);

-- Which of several processes on one database relays.
CREATE TABLE relay_lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
