-- Referrals and what hangs on them.
CREATE TABLE referrals (
    referral_id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    changes BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    reason_code TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    original_resident_id TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    content BYTEA NOT NULL,
    sender_institution_id TEXT NOT NULL,
    receiver_institution_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    priority TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    advice_action_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    main_diagnosis_code TEXT NOT NULL,
    beyond_county BIGINT NOT NULL,
    criteria BYTEA NOT NULL,
    advice TEXT NOT NULL,
    items_requested TEXT NOT NULL,
    info_due_at BIGINT,
    hold_id TEXT NOT NULL,
    booked_start_at BIGINT,
    promise_due_at BIGINT,
    review_escalated BIGINT NOT NULL,
    waiting_escalated BIGINT NOT NULL,
    submitted_at BIGINT,
    accepted_at BIGINT,
    arrived_at BIGINT,
    completed_at BIGINT,
    closed_at BIGINT,
    encounter_ref TEXT NOT NULL,
    inpatient BIGINT NOT NULL,
    admitted_at BIGINT,
    reply BYTEA NOT NULL,
    record_late BIGINT NOT NULL,
    next_referral_id TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL
);

CREATE UNIQUE INDEX referrals_number ON referrals (number) WHERE number <> '';

CREATE INDEX referrals_resident ON referrals (resident_id, referral_id);

CREATE INDEX referrals_origin ON referrals (original_resident_id) WHERE original_resident_id <> '';

CREATE INDEX referrals_advice ON referrals (advice_action_id) WHERE advice_action_id <> '';

CREATE INDEX referrals_enrolment ON referrals (enrolment_id) WHERE enrolment_id <> '';

CREATE INDEX referrals_waiting ON referrals (receiver_institution_id, kind)
    WHERE state = 'WAITING_LIST';

-- Printed numbers count within a day.
CREATE TABLE referral_numbers (
    day TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE referral_tasks (
    task_id TEXT PRIMARY KEY,
    referral_id TEXT NOT NULL REFERENCES referrals (referral_id),
    position BIGINT NOT NULL,
    hop BIGINT NOT NULL,
    down BIGINT NOT NULL,
    receiver_institution_id TEXT NOT NULL,
    receiver_department_code TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reviewer_id TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT,
    decided_at BIGINT
);

CREATE INDEX referral_tasks_referral ON referral_tasks (referral_id, position);

-- Invariant 10: at most one open task.
CREATE UNIQUE INDEX referral_tasks_open ON referral_tasks (referral_id) WHERE outcome = 'OPEN';

-- History: one row a change, never rewritten.
CREATE TABLE referral_events (
    referral_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_institution_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason_code TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    PRIMARY KEY (referral_id, version)
);

CREATE TABLE referral_documents (
    document_id TEXT PRIMARY KEY,
    referral_id TEXT NOT NULL REFERENCES referrals (referral_id),
    sha256 TEXT NOT NULL,
    document BYTEA NOT NULL
);

CREATE INDEX referral_documents_referral ON referral_documents (referral_id, document_id);

-- Who may see a referral, and from which side.
CREATE TABLE referral_parties (
    referral_id TEXT NOT NULL REFERENCES referrals (referral_id),
    institution_id TEXT NOT NULL,
    side TEXT NOT NULL,
    PRIMARY KEY (referral_id, institution_id, side)
);

CREATE INDEX referral_parties_institution ON referral_parties (institution_id, referral_id);

CREATE TABLE down_legs (
    referral_id TEXT PRIMARY KEY REFERENCES referrals (referral_id),
    from_institution_id TEXT NOT NULL,
    to_institution_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    disease_codes TEXT NOT NULL,
    drug_codes TEXT NOT NULL,
    plan_document_id TEXT NOT NULL,
    first_follow_up_on TEXT,
    override_reason_code TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    accepted_at BIGINT,
    arrived_at BIGINT,
    admitted_at BIGINT
);

CREATE TABLE follow_up_orders (
    order_id TEXT PRIMARY KEY,
    referral_id TEXT NOT NULL UNIQUE REFERENCES referrals (referral_id),
    team_id TEXT NOT NULL,
    due_on TEXT NOT NULL,
    disease_codes TEXT NOT NULL,
    plan_document_id TEXT NOT NULL,
    done_visit_id TEXT NOT NULL,
    done_at BIGINT,
    voided BIGINT NOT NULL
);

CREATE INDEX follow_up_orders_visit ON follow_up_orders (done_visit_id) WHERE done_visit_id <> '';

CREATE TABLE evidence (
    evidence_id TEXT PRIMARY KEY,
    referral_id TEXT NOT NULL REFERENCES referrals (referral_id),
    position BIGINT NOT NULL,
    down BIGINT NOT NULL,
    chain_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    from_institution_id TEXT NOT NULL,
    to_institution_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    main_diagnosis_code TEXT NOT NULL,
    beyond_county BIGINT NOT NULL,
    emergency BIGINT NOT NULL,
    valid BIGINT NOT NULL,
    invalid_reason TEXT NOT NULL,
    supersedes_evidence_id TEXT NOT NULL,
    submitted_at BIGINT,
    accepted_at BIGINT,
    arrived_at BIGINT,
    admitted_at BIGINT,
    issued_at BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    UNIQUE (referral_id, position)
);

-- Keys by which issued evidence verifies, for ever.
CREATE TABLE evidence_keys (
    key_id TEXT PRIMARY KEY,
    public_pem TEXT NOT NULL
);

-- Offers, pools, slots, holds.
CREATE TABLE service_offers (
    offer_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    offer BYTEA NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX service_offers_institution ON service_offers (institution_id, offer_id);

CREATE TABLE pools (
    pool_id TEXT PRIMARY KEY,
    owner_institution_id TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    specialty_code TEXT NOT NULL,
    pool BYTEA NOT NULL,
    changes BIGINT NOT NULL
);

-- One row a quota class; the four rows of a span of time have one group.
CREATE TABLE slots (
    slot_id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    pool_id TEXT NOT NULL REFERENCES pools (pool_id),
    owner_institution_id TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    specialty_code TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    quota_class TEXT NOT NULL,
    quota_rank BIGINT NOT NULL,
    opened BIGINT NOT NULL CHECK (opened >= 0),
    capacity BIGINT NOT NULL CHECK (capacity >= 0),
    used BIGINT NOT NULL CHECK (used >= 0),
    consumed BIGINT NOT NULL CHECK (consumed >= 0),
    overbook BIGINT NOT NULL CHECK (overbook >= 0),
    blocked BIGINT NOT NULL,
    released_from TEXT NOT NULL,
    changes BIGINT NOT NULL,
    -- Invariant 5, whatever happens above.
    CHECK (used + consumed <= capacity + overbook),
    CHECK (end_at > start_at),
    UNIQUE (group_id, quota_rank)
);

CREATE INDEX slots_pool ON slots (pool_id, start_at, quota_rank);

CREATE INDEX slots_search ON slots (resource_kind, start_at, quota_rank, slot_id);

CREATE TABLE holds (
    hold_id TEXT PRIMARY KEY,
    slot_id TEXT NOT NULL REFERENCES slots (slot_id),
    pool_id TEXT NOT NULL,
    owner_institution_id TEXT NOT NULL,
    quota_class TEXT NOT NULL,
    referral_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    state TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX holds_slot ON holds (slot_id, state);

CREATE INDEX holds_referral ON holds (referral_id) WHERE referral_id <> '';

-- Copies of other services' facts.
CREATE TABLE resident_copies (
    resident_id TEXT PRIMARY KEY,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    deceased_on TEXT,
    caused_by TEXT NOT NULL
);

CREATE TABLE institution_copies (
    institution_id TEXT PRIMARY KEY,
    class TEXT NOT NULL,
    level BIGINT NOT NULL,
    parent_institution_id TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE membership_copies (
    consortium_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    role BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (consortium_id, institution_id, valid_from)
);

CREATE INDEX membership_copies_institution ON membership_copies (institution_id);

CREATE TABLE practitioner_copies (
    practitioner_id TEXT PRIMARY KEY,
    institution_ids TEXT NOT NULL,
    title TEXT NOT NULL,
    rights TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    caused_by TEXT NOT NULL
);

CREATE TABLE contract_copies (
    contract_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    voided BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX contract_copies_resident ON contract_copies (resident_id);

CREATE TABLE team_copies (
    team_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    leader_id TEXT NOT NULL,
    successor_id TEXT NOT NULL,
    dissolved BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE advice_copies (
    action_id TEXT PRIMARY KEY,
    enrolment_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    urgency TEXT NOT NULL,
    criteria TEXT NOT NULL,
    follow_by TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE visit_copies (
    visit_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    visit_on TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    referral_id TEXT NOT NULL,
    voided BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE dispense_copies (
    dispense_id TEXT NOT NULL,
    line_no BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    generic_code TEXT NOT NULL,
    dispensed_on TEXT NOT NULL,
    reversed BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (dispense_id, line_no)
);

CREATE INDEX dispense_copies_resident ON dispense_copies (resident_id);
