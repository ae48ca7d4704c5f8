-- Fund supervision, sampled reviews, disputes, and months that are opened again.
CREATE TABLE period_reopenings (
    period TEXT NOT NULL,
    close_changes BIGINT NOT NULL, -- counter of the closed month that is meant
    asked_by TEXT NOT NULL,
    done_by TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    PRIMARY KEY (period, close_changes)
);

ALTER TABLE findings ADD COLUMN rule_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE findings ADD COLUMN family TEXT NOT NULL DEFAULT 'prescription_cross_check';
ALTER TABLE findings ADD COLUMN action TEXT NOT NULL DEFAULT 'ASK';
ALTER TABLE findings ADD COLUMN period TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN amount_fen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN state TEXT NOT NULL DEFAULT 'RAISED';
ALTER TABLE findings ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN deducted_fen BIGINT NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN pool_id TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN transaction_id TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN hearing_until TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN changes BIGINT NOT NULL DEFAULT 1;
CREATE INDEX findings_institution ON findings (institution_id, finding_id);
-- Which lists a finding names: their charge lines change no more.
CREATE TABLE finding_lists (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    PRIMARY KEY (institution_id, list_id, finding_id)
);

-- What was charged in a case, item by item.
CREATE TABLE charge_lines (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    line_no BIGINT NOT NULL,
    item_code TEXT NOT NULL,
    used_on TEXT NOT NULL,
    quantity_milli BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    dept TEXT NOT NULL,
    ordered_item_code TEXT NOT NULL,
    PRIMARY KEY (institution_id, list_id, line_no)
);
CREATE INDEX charge_lines_day ON charge_lines (used_on);

CREATE TABLE drug_sales (
    institution_id TEXT NOT NULL,
    sale_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    sold_on TEXT NOT NULL,
    quantity_milli BIGINT NOT NULL,
    prescribed_milli BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    contact_digest TEXT NOT NULL,
    PRIMARY KEY (institution_id, sale_id)
);
CREATE INDEX drug_sales_day ON drug_sales (sold_on);

-- Accepted lists that people look at.
CREATE TABLE list_reviews (
    review_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);
CREATE INDEX list_reviews_period ON list_reviews (period, review_id);

CREATE TABLE disputes (
    dispute_id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    party TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    disputed_fen BIGINT NOT NULL CHECK (disputed_fen >= 0),
    claimed_fen BIGINT NOT NULL CHECK (claimed_fen > 0),
    granted_fen BIGINT NOT NULL CHECK (granted_fen >= 0),
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    decision_reason_code TEXT NOT NULL,
    documents TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    reviewed_by TEXT NOT NULL,
    review_until TEXT NOT NULL,
    escalated BIGINT NOT NULL,
    resettlement_run_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);
CREATE INDEX disputes_party ON disputes (party, dispute_id);
CREATE INDEX disputes_run ON disputes (run_id, dispute_id);

-- Working days of a payment's clock that passed with a warning.
CREATE TABLE payment_warnings (
    payment_id TEXT NOT NULL,
    working_day BIGINT NOT NULL,
    warned_on TEXT NOT NULL,
    PRIMARY KEY (payment_id, working_day)
);

-- What people did with a finding, a review or a dispute, in order (0006: append only).
CREATE TABLE trail_entries (
    record_id TEXT NOT NULL,
    entry_no BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    documents TEXT NOT NULL,
    PRIMARY KEY (record_id, entry_no)
);
