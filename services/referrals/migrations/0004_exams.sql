-- Shared examination: sites, orders, reports of every version, decisions, critical values.
CREATE TABLE exam_sites (
    institution_id TEXT PRIMARY KEY,
    stored BYTEA NOT NULL,
    changes BIGINT NOT NULL
);

CREATE TABLE exam_orders (
    order_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    base_institution_id TEXT NOT NULL,
    centre_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    priority TEXT NOT NULL,
    ordering_practitioner_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    referral_id TEXT NOT NULL,
    channel_case_id TEXT NOT NULL,
    chest_pain BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reader_id TEXT NOT NULL,
    ordered_at BIGINT NOT NULL,
    acquired_at BIGINT,
    uploaded_at BIGINT,
    report_due_at BIGINT,
    reported_at BIGINT,
    document_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX exam_orders_base ON exam_orders (base_institution_id, order_id);

CREATE INDEX exam_orders_centre ON exam_orders (centre_id, order_id);

CREATE INDEX exam_orders_item ON exam_orders (resident_id, item_code);

CREATE TABLE exam_reports (
    order_id TEXT NOT NULL REFERENCES exam_orders (order_id),
    version BIGINT NOT NULL,
    report_id TEXT NOT NULL UNIQUE,
    read_by TEXT NOT NULL,
    verified_by TEXT NOT NULL,
    reported_at BIGINT NOT NULL,
    signed_at BIGINT,
    passed BIGINT NOT NULL,
    mark TEXT NOT NULL,
    stored BYTEA NOT NULL,
    PRIMARY KEY (order_id, version),
    -- Invariant 1 of diagnostics.md 9, whatever happens above.
    CHECK (verified_by <> read_by)
);

CREATE TABLE recognition_decisions (
    decision_id TEXT PRIMARY KEY,
    item_code TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    prior_report_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL
);

CREATE INDEX recognition_decisions_order ON recognition_decisions (order_id);

CREATE TABLE critical_values (
    critical_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES exam_orders (order_id),
    resident_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    base_institution_id TEXT NOT NULL,
    centre_id TEXT NOT NULL,
    state TEXT NOT NULL,
    duty TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    notified_at BIGINT,
    acknowledged_by TEXT NOT NULL,
    acknowledged_at BIGINT,
    treatment_code TEXT NOT NULL,
    treated_at BIGINT,
    closed_at BIGINT,
    changes BIGINT NOT NULL
);
