-- Settlement lists: one row a version received; `in_force` marks the version that counts.
CREATE TABLE lists (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL,
    in_force BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    payee_id TEXT NOT NULL,
    insurance TEXT NOT NULL,
    treatment_type TEXT NOT NULL,
    method TEXT NOT NULL,
    admitted_at BIGINT NOT NULL,
    discharged_at BIGINT NOT NULL,
    admission_date TEXT NOT NULL,
    discharge_date TEXT NOT NULL,
    period TEXT NOT NULL,
    total_fen BIGINT NOT NULL,
    evidence_ref TEXT NOT NULL,
    prescription_id TEXT NOT NULL,
    data BYTEA NOT NULL,
    content_digest TEXT NOT NULL,
    findings TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    reason_code TEXT NOT NULL,
    run_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    pack_digest TEXT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (institution_id, list_id, version)
);
CREATE UNIQUE INDEX lists_one_in_force ON lists (institution_id, list_id) WHERE in_force = 1;
CREATE UNIQUE INDEX lists_prescription ON lists (prescription_id)
    WHERE in_force = 1 AND prescription_id <> '';
CREATE INDEX lists_resident ON lists (resident_id, discharge_date);
CREATE INDEX lists_period ON lists (period, institution_id, list_id);
CREATE INDEX lists_institution ON lists (institution_id, period, list_id);
CREATE INDEX lists_run ON lists (run_id) WHERE run_id <> '';
CREATE INDEX lists_batch ON lists (batch_id) WHERE batch_id <> '';
CREATE INDEX lists_evidence ON lists (evidence_ref) WHERE evidence_ref <> '';

-- Submissions that could not become a version: another content for a version that exists, a gap.
CREATE TABLE refused_submissions (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    content_digest TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    findings TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (institution_id, list_id, version, content_digest)
);

-- Grouping and scoring of a DRG case.
CREATE TABLE scores (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    group_status TEXT NOT NULL,
    mdc TEXT NOT NULL,
    adrg TEXT NOT NULL,
    group_code TEXT NOT NULL,
    rules_version TEXT NOT NULL,
    rules_digest TEXT NOT NULL,
    mapped_codes TEXT NOT NULL,
    base_points_e4 BIGINT NOT NULL,
    group_average_fen BIGINT NOT NULL,
    d_e8 BIGINT NOT NULL,
    k_e8 BIGINT NOT NULL,
    aux_e8 BIGINT NOT NULL,
    points_e4 BIGINT NOT NULL CHECK (points_e4 >= 0),
    deviation TEXT NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (institution_id, list_id, version)
);

-- Benefit of a list as booked: the fold of its ledger transactions.
CREATE TABLE benefits (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    year BIGINT NOT NULL,
    in_policy_fen BIGINT NOT NULL,
    deductible_fen BIGINT NOT NULL,
    waiver TEXT NOT NULL,
    waived_fen BIGINT NOT NULL,
    ratio_e8 BIGINT NOT NULL,
    county_ratio_used BIGINT NOT NULL,
    basic_fen BIGINT NOT NULL,
    serious_fen BIGINT NOT NULL,
    aid_fen BIGINT NOT NULL,
    personal_fen BIGINT NOT NULL,
    personal_total_fen BIGINT NOT NULL,
    referral TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    evidence_id TEXT NOT NULL,
    evidence_reason TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    bookings BIGINT NOT NULL,
    PRIMARY KEY (institution_id, list_id, version)
);

-- One row a resident: whoever prices a year or draws enrolments takes it first and waits for others.
CREATE TABLE resident_locks (
    resident_id TEXT PRIMARY KEY,
    uses BIGINT NOT NULL
);

-- Changes of a benefit after its case had gone into a run; stated in a later run.
CREATE TABLE benefit_corrections (
    transaction_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    payee_id TEXT NOT NULL,
    insurance TEXT NOT NULL,
    refers_to TEXT NOT NULL,
    known_at BIGINT NOT NULL,
    basic_fen BIGINT NOT NULL,
    serious_fen BIGINT NOT NULL,
    aid_fen BIGINT NOT NULL,
    personal_fen BIGINT NOT NULL,
    run_id TEXT NOT NULL
);
CREATE INDEX benefit_corrections_run ON benefit_corrections (run_id);

-- Enrolment versions of billing.md 3.1: never changed, never deleted.
CREATE TABLE enrolment_versions (
    enrolment_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    insurance TEXT NOT NULL,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    chronic_from TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    recorded_at BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    PRIMARY KEY (resident_id, enrolment_id, version)
);

CREATE TABLE capitation_months (
    run_id TEXT PRIMARY KEY,
    consortium_id TEXT NOT NULL,
    period TEXT NOT NULL,
    revision BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    head_count BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    prepay_fen BIGINT NOT NULL,
    digest TEXT NOT NULL,
    corrects_run_id TEXT NOT NULL,
    difference_fen BIGINT NOT NULL,
    pack_version BIGINT NOT NULL,
    pack_digest TEXT NOT NULL,
    UNIQUE (consortium_id, period, revision)
);
CREATE TABLE capitation_cells (
    run_id TEXT NOT NULL,
    cell_id TEXT NOT NULL,
    members BIGINT NOT NULL,
    units BIGINT NOT NULL,
    unit_base BIGINT NOT NULL,
    rate_fen BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (run_id, cell_id)
);

-- Contract fees that are booked.
CREATE TABLE fee_splits (
    contract_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    period TEXT NOT NULL,
    fee_fen BIGINT NOT NULL,
    team_fen BIGINT NOT NULL,
    transaction_id TEXT NOT NULL,
    reversed BIGINT NOT NULL
);

CREATE TABLE pools (
    pool_id TEXT PRIMARY KEY,
    insurance TEXT NOT NULL,
    year TEXT NOT NULL,
    budget_fen BIGINT NOT NULL,
    reserve_rate_e8 BIGINT NOT NULL,
    reserve_fen BIGINT NOT NULL,
    out_of_pool_fen BIGINT NOT NULL,
    payment_ratio_e8 BIGINT NOT NULL,
    value_num BIGINT NOT NULL,
    value_den BIGINT NOT NULL CHECK (value_den > 0),
    prepay_rate_e8 BIGINT NOT NULL,
    approval_document_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    UNIQUE (insurance, year)
);

CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    period TEXT NOT NULL,
    cut_off_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    pack_digest TEXT NOT NULL,
    result_digest TEXT NOT NULL,
    case_count BIGINT NOT NULL,
    prepared_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    published_on TEXT NOT NULL,
    dispute_until TEXT NOT NULL,
    supersedes_run_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);
CREATE INDEX runs_period ON runs (kind, scope_id, period);
CREATE TABLE run_cases (
    run_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (run_id, institution_id, list_id)
);
CREATE TABLE run_pools (
    run_id TEXT NOT NULL,
    party TEXT NOT NULL,
    pool_id TEXT NOT NULL,
    cases BIGINT NOT NULL,
    points_e4 BIGINT NOT NULL,
    actual_fen BIGINT NOT NULL,
    money_fen BIGINT NOT NULL,
    prepay_fen BIGINT NOT NULL CHECK (prepay_fen >= 0),
    carried_fen BIGINT NOT NULL CHECK (carried_fen <= 0),
    PRIMARY KEY (run_id, party, pool_id)
);
CREATE TABLE statements (
    run_id TEXT NOT NULL,
    party TEXT NOT NULL,
    period TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BYTEA NOT NULL,
    published BIGINT NOT NULL,
    dispute_until TEXT NOT NULL,
    PRIMARY KEY (run_id, party)
);

CREATE TABLE payments (
    payment_id TEXT PRIMARY KEY,
    party TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    run_ids TEXT NOT NULL,
    state TEXT NOT NULL,
    instructed_on TEXT NOT NULL,
    due_date TEXT NOT NULL,
    confirmed_on TEXT NOT NULL,
    overdue BIGINT NOT NULL,
    changes BIGINT NOT NULL
);
CREATE INDEX payments_party ON payments (party, payment_id);

CREATE TABLE periods (
    period TEXT PRIMARY KEY,
    closed BIGINT NOT NULL,
    closed_on TEXT NOT NULL,
    closed_by TEXT NOT NULL,
    changes BIGINT NOT NULL
);

-- The ledger: append only (0002), each transaction carries the hash of the one before it.
CREATE TABLE ledger_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO ledger_head (id, sequence, hash) VALUES (1, 0, '');
CREATE TABLE ledger_transactions (
    sequence BIGINT PRIMARY KEY,
    transaction_id TEXT NOT NULL UNIQUE,
    period TEXT NOT NULL,
    booked_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    event_id TEXT NOT NULL,
    reverses BIGINT NOT NULL,
    institution_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    pack_digest TEXT NOT NULL,
    sum_fen BIGINT NOT NULL CHECK (sum_fen = 0),
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX ledger_transactions_period ON ledger_transactions (period, sequence);
CREATE TABLE ledger_lines (
    sequence BIGINT NOT NULL REFERENCES ledger_transactions (sequence),
    line_no BIGINT NOT NULL,
    account TEXT NOT NULL,
    fen BIGINT NOT NULL,
    PRIMARY KEY (sequence, line_no)
);
CREATE INDEX ledger_lines_account ON ledger_lines (account, sequence);
CREATE TABLE ledger_refs (
    sequence BIGINT NOT NULL REFERENCES ledger_transactions (sequence),
    ref_no BIGINT NOT NULL,
    refers_to TEXT NOT NULL,
    PRIMARY KEY (sequence, ref_no)
);
CREATE INDEX ledger_refs_to ON ledger_refs (refers_to, sequence);

CREATE TABLE rule_packs (
    domain TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    folder TEXT NOT NULL,
    region TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    state TEXT NOT NULL,
    rule_count BIGINT NOT NULL,
    case_count BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (domain, version)
);

-- Findings of the cross-check of lists with dispense events; they never change money.
CREATE TABLE findings (
    finding_id TEXT PRIMARY KEY,
    rule_id TEXT NOT NULL,
    severity TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    list_ids TEXT NOT NULL,
    raised_at BIGINT NOT NULL
);

-- Copies of other services' facts.
CREATE TABLE resident_copies (
    resident_id TEXT PRIMARY KEY,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    deceased_on TEXT NOT NULL,
    left_on TEXT NOT NULL,
    merged_into TEXT NOT NULL
);
CREATE INDEX resident_copies_merged ON resident_copies (merged_into) WHERE merged_into <> '';
CREATE TABLE insurance_copies (
    resident_id TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    insurance TEXT NOT NULL,
    PRIMARY KEY (resident_id, effective_on)
);
CREATE TABLE institution_copies (
    institution_id TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    class TEXT NOT NULL,
    level TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    agreement_from TEXT NOT NULL,
    agreement_to TEXT NOT NULL,
    PRIMARY KEY (institution_id, effective_on)
);
CREATE TABLE membership_copies (
    consortium_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (institution_id, consortium_id, from_on)
);
CREATE INDEX membership_copies_consortium ON membership_copies (consortium_id, role);
CREATE TABLE contract_copies (
    contract_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    ended_on TEXT NOT NULL,
    state TEXT NOT NULL,
    fee_fen BIGINT NOT NULL
);
CREATE INDEX contract_copies_resident ON contract_copies (resident_id);
CREATE INDEX contract_copies_institution ON contract_copies (institution_id);
CREATE TABLE team_copies (
    team_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    successor_id TEXT NOT NULL,
    dissolved BIGINT NOT NULL
);
CREATE TABLE chronic_copies (
    enrolment_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    confirmed_on TEXT NOT NULL,
    closed_on TEXT NOT NULL
);
CREATE INDEX chronic_copies_resident ON chronic_copies (resident_id);
CREATE TABLE evidence_copies (
    evidence_id TEXT PRIMARY KEY,
    referral_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    chain_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    from_institution_id TEXT NOT NULL,
    to_institution_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    beyond_county BIGINT NOT NULL,
    valid BIGINT NOT NULL,
    arrived_at BIGINT,
    admitted_at BIGINT,
    issued_at BIGINT NOT NULL
);
CREATE INDEX evidence_copies_referral ON evidence_copies (referral_id);
CREATE TABLE dispense_copies (
    dispense_id TEXT NOT NULL,
    line_no BIGINT NOT NULL,
    prescription_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    dispenser_id TEXT NOT NULL,
    quantity_milli BIGINT NOT NULL,
    dispensed_on TEXT NOT NULL,
    reversed BIGINT NOT NULL,
    PRIMARY KEY (dispense_id, line_no)
);
CREATE INDEX dispense_copies_prescription ON dispense_copies (prescription_id);
CREATE TABLE fee_share_copies (
    team_id TEXT NOT NULL,
    period TEXT NOT NULL,
    practitioner_id TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (team_id, period, practitioner_id)
);
