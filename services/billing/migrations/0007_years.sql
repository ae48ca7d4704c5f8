-- The input of a run by the number of the benefit that its statement holds.
ALTER TABLE run_cases ADD COLUMN benefit_no BIGINT NOT NULL DEFAULT 0;

-- Work of a run of many cases: one row a party, done or not.
CREATE TABLE run_chunks (
    run_id TEXT NOT NULL,
    party TEXT NOT NULL,
    digest TEXT NOT NULL,
    done BIGINT NOT NULL,
    PRIMARY KEY (run_id, party)
);

-- What was decided for the run of a year: quality scores, weights, excluded and negotiated items.
CREATE TABLE run_inputs (
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    source TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (run_id, kind, code, source)
);
-- The months that the run of a year is made of.
CREATE TABLE run_months (
    run_id TEXT NOT NULL,
    month_run_id TEXT NOT NULL,
    period TEXT NOT NULL,
    party TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    head_count BIGINT NOT NULL,
    statement_sha256 TEXT NOT NULL,
    PRIMARY KEY (run_id, month_run_id, party)
);
-- Results of a year by party and name; party '' is the pool or the consortium itself.
CREATE TABLE run_figures (
    run_id TEXT NOT NULL,
    party TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (run_id, party, name)
);

-- Reports of differences; nothing is booked by them and they are dropped after kept_until.
CREATE TABLE what_ifs (
    what_if_id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    kept_until TEXT NOT NULL,
    report BYTEA NOT NULL
);
CREATE INDEX what_ifs_kept ON what_ifs (kept_until);
