-- Own records.
CREATE TABLE prescriptions (
    prescription_id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    prescriber_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_long BIGINT NOT NULL,
    content BYTEA NOT NULL,
    content_sha256 TEXT NOT NULL,
    authored_on TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    instance_no BIGINT NOT NULL,
    instances BIGINT NOT NULL,
    due_on TEXT,
    age_at_issue_days BIGINT NOT NULL,
    issued_at BIGINT,
    valid_until BIGINT,
    signer_id TEXT,
    signature_algorithm TEXT,
    signed_at BIGINT,
    signature BYTEA,
    highest_level TEXT NOT NULL,
    double_signed BIGINT NOT NULL,
    was_dispensed BIGINT NOT NULL,
    dispensed_by TEXT NOT NULL,
    case_key TEXT NOT NULL,
    list_id TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    insurance_rx_no TEXT NOT NULL,
    insurance_trace_code TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    rule_set_version TEXT NOT NULL,
    catalogue TEXT NOT NULL,
    effective_at BIGINT,
    dispensed_at BIGINT,
    original_resident_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE INDEX prescriptions_resident ON prescriptions (resident_id, prescription_id);

CREATE INDEX prescriptions_institution ON prescriptions (institution_id, prescription_id);

CREATE INDEX prescriptions_parent ON prescriptions (parent_id) WHERE parent_id <> '';

CREATE INDEX prescriptions_catalogue ON prescriptions (catalogue) WHERE catalogue <> '';

CREATE TABLE prescription_lines (
    prescription_id TEXT NOT NULL REFERENCES prescriptions (prescription_id),
    line_no BIGINT NOT NULL,
    generic_code TEXT NOT NULL,
    days BIGINT NOT NULL,
    quantity_milli BIGINT NOT NULL,
    external_purchase BIGINT NOT NULL,
    state TEXT NOT NULL,
    dispensed_milli BIGINT NOT NULL,
    first_dispensed_on TEXT,
    covered_until TEXT,
    non_dispense_reason TEXT NOT NULL,
    PRIMARY KEY (prescription_id, line_no),
    CHECK (dispensed_milli >= 0 AND dispensed_milli <= quantity_milli)
);

-- Reviews are kept as sent; the columns are what checks read.
CREATE TABLE reviews (
    prescription_id TEXT NOT NULL REFERENCES prescriptions (prescription_id),
    review_no BIGINT NOT NULL,
    stage TEXT NOT NULL,
    result TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (prescription_id, review_no)
);

CREATE TABLE claims (
    claim_id TEXT PRIMARY KEY,
    prescription_id TEXT NOT NULL REFERENCES prescriptions (prescription_id),
    dispenser_institution_id TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    state TEXT NOT NULL
);

-- Invariant 4: at most one active claim.
CREATE UNIQUE INDEX claims_active ON claims (prescription_id) WHERE state = 'ACTIVE';

CREATE TABLE dispenses (
    dispense_id TEXT PRIMARY KEY,
    prescription_id TEXT NOT NULL REFERENCES prescriptions (prescription_id),
    line_no BIGINT NOT NULL,
    dispenser_institution_id TEXT NOT NULL,
    quantity_milli BIGINT NOT NULL,
    days_supplied BIGINT NOT NULL,
    trace_codes TEXT NOT NULL,
    substitute_of TEXT NOT NULL,
    product_code TEXT NOT NULL,
    dispenser_id TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    reversed_at BIGINT
);

CREATE INDEX dispenses_prescription ON dispenses (prescription_id, at, dispense_id);

CREATE TABLE trace_codes (
    code TEXT PRIMARY KEY,
    product_code TEXT NOT NULL,
    state TEXT NOT NULL,
    last_dispense_id TEXT NOT NULL,
    institution_id TEXT NOT NULL
);

CREATE TABLE long_eligibilities (
    resident_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    eligible BIGINT NOT NULL,
    evidence_visit_id TEXT NOT NULL,
    evidence_on TEXT,
    limit_days BIGINT NOT NULL,
    binding_limit TEXT NOT NULL,
    strict BIGINT NOT NULL,
    valid_until TEXT,
    reassess_reason TEXT NOT NULL,
    assessed_by TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (resident_id, disease_code)
);

CREATE TABLE prescription_journal (
    prescription_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason_code TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    PRIMARY KEY (prescription_id, changes)
);

-- Printed numbers: a day has as many independent sequences as there are shards, so that doctors do
-- not wait for each other.
CREATE TABLE number_sequences (
    day TEXT NOT NULL,
    shard BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (day, shard)
);

-- Dated versions of the drug catalogue.
CREATE TABLE drug_catalogues (
    catalogue_id TEXT NOT NULL,
    version TEXT NOT NULL,
    effective_from TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    PRIMARY KEY (catalogue_id, version)
);

CREATE TABLE drugs (
    catalogue_id TEXT NOT NULL,
    version TEXT NOT NULL,
    generic_code TEXT NOT NULL,
    drug BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    PRIMARY KEY (catalogue_id, version, generic_code)
);

CREATE INDEX drugs_batch ON drugs (batch_id);

CREATE TABLE import_batches (
    batch_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    undone BIGINT NOT NULL
);

-- Copies of other services' facts.
CREATE TABLE resident_copies (
    resident_id TEXT PRIMARY KEY,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    home_institution_id TEXT NOT NULL,
    deceased_on TEXT,
    caused_by TEXT NOT NULL
);

CREATE TABLE health_code_copies (
    resident_id TEXT PRIMARY KEY,
    allergy_codes TEXT NOT NULL,
    special_groups TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE institution_copies (
    institution_id TEXT PRIMARY KEY,
    class TEXT NOT NULL,
    parent_institution_id TEXT NOT NULL,
    agreement_from TEXT NOT NULL,
    agreement_to TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE membership_copies (
    institution_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (institution_id, consortium_id, valid_from)
);

CREATE TABLE practitioner_copies (
    practitioner_id TEXT PRIMARY KEY,
    institution_ids TEXT NOT NULL,
    title TEXT NOT NULL,
    rights TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE contract_copies (
    contract_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    state TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX contract_copies_resident ON contract_copies (resident_id);

-- What a referral says about drugs afterwards, and whether the base took the patient back.
CREATE TABLE referral_plans (
    referral_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    planned BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    drug_codes TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

-- Stays: by settlement list (key = case), and by referral until a list tells the discharge.
CREATE TABLE stay_copies (
    stay_key TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    admitted_on TEXT NOT NULL,
    discharged_on TEXT NOT NULL,
    version BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX stay_copies_resident ON stay_copies (resident_id);

CREATE TABLE control_copies (
    visit_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    visit_on TEXT NOT NULL,
    control_class BIGINT NOT NULL,
    voided BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (visit_id, disease_code)
);

CREATE INDEX control_copies_resident ON control_copies (resident_id, disease_code, visit_on);

CREATE TABLE enrolment_ends (
    enrolment_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE settlement_copies (
    case_key TEXT PRIMARY KEY,
    prescription_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    withdrawn BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX settlement_copies_prescription ON settlement_copies (prescription_id);
