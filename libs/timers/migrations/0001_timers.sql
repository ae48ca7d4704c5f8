CREATE TABLE timers (
    kind TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    name TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (kind, aggregate_id, name)
);
CREATE INDEX timers_due ON timers (due_at, aggregate_id, kind, name);

-- Timers whose handler failed for good; rearm() puts them back.
CREATE TABLE timer_failures (
    kind TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    name TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    reason TEXT NOT NULL,
    failed_at BIGINT NOT NULL,
    PRIMARY KEY (kind, aggregate_id, name, due_at)
);

-- One row: how far the driven clock has come. Unused with the wall clock.
CREATE TABLE driven_clock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    now_ms BIGINT NOT NULL
);
