-- Green channels: what receivers can do, cases, and their time points, which are never changed.
CREATE TABLE channel_capabilities (
    institution_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    capability TEXT NOT NULL,
    stored BYTEA NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (institution_id, channel)
);

CREATE TABLE channel_cases (
    case_id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    key_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    sender_institution_id TEXT NOT NULL,
    sender_kind TEXT NOT NULL,
    state TEXT NOT NULL,
    candidates TEXT NOT NULL,
    at_candidate BIGINT NOT NULL,
    exhausted BIGINT NOT NULL,
    receiver_institution_id TEXT NOT NULL,
    escalations BIGINT NOT NULL,
    alerted_at BIGINT NOT NULL,
    acknowledge_by BIGINT,
    acknowledged_at BIGINT,
    complete_by BIGINT NOT NULL,
    completed_at BIGINT,
    referral_id TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    order_flagged BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    -- Invariant 5 of diagnostics.md 9: who has acknowledged is known, and one.
    CHECK (acknowledged_at IS NULL OR receiver_institution_id <> '')
);

CREATE TABLE channel_parties (
    case_id TEXT NOT NULL REFERENCES channel_cases (case_id),
    institution_id TEXT NOT NULL,
    PRIMARY KEY (institution_id, case_id)
);

CREATE TABLE channel_time_points (
    time_point_id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES channel_cases (case_id),
    code TEXT NOT NULL,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    corrects TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- A correction carries who and why.
    CHECK (corrects = '' OR reason <> '')
);

CREATE INDEX channel_time_points_case ON channel_time_points (case_id);

-- Care times and the limit of the reply letter.
ALTER TABLE referrals ADD COLUMN care_started_at BIGINT;

ALTER TABLE referrals ADD COLUMN care_ended_at BIGINT;

ALTER TABLE referrals ADD COLUMN reply_late BIGINT NOT NULL DEFAULT 0;
