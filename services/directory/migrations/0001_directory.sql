CREATE TABLE institutions (
    institution_id TEXT PRIMARY KEY,
    record BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE TABLE memberships (
    consortium_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    role TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    PRIMARY KEY (consortium_id, institution_id, valid_from)
);

CREATE TABLE practitioners (
    practitioner_id TEXT PRIMARY KEY,
    record BYTEA NOT NULL,
    wrapped_key BYTEA NOT NULL,
    sealed_name BYTEA NOT NULL,
    institution_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX practitioners_institution ON practitioners (institution_id, practitioner_id);

-- The pseudonymous part of a resident. Identities stand apart and never leave this service.
CREATE TABLE residents (
    resident_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    insurance BIGINT NOT NULL,
    insured_region TEXT NOT NULL,
    home_institution_id TEXT NOT NULL,
    grid_unit_code TEXT NOT NULL,
    aid_class TEXT NOT NULL,
    deceased_on TEXT NOT NULL,
    moved_outside BIGINT NOT NULL,
    effective_on TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE TABLE identities (
    resident_id TEXT PRIMARY KEY REFERENCES residents (resident_id),
    document_kind TEXT NOT NULL,
    document_digest TEXT NOT NULL,
    wrapped_key BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    UNIQUE (document_kind, document_digest)
);

CREATE TABLE health_codes (
    resident_id TEXT NOT NULL REFERENCES residents (resident_id),
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_on TEXT NOT NULL,
    PRIMARY KEY (resident_id, kind, code, valid_from)
);

CREATE TABLE teams (
    team_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    record BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX teams_institution ON teams (institution_id, team_id);

CREATE TABLE contracts (
    contract_id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    family_doctor_id TEXT NOT NULL,
    party TEXT NOT NULL,
    package_ids TEXT NOT NULL,
    key_groups TEXT NOT NULL,
    state TEXT NOT NULL,
    offered_at BIGINT NOT NULL,
    signed_at BIGINT,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    signature_method TEXT NOT NULL,
    signature_document_id TEXT NOT NULL,
    previous_contract_id TEXT NOT NULL,
    end_reason TEXT NOT NULL,
    fee_fen BIGINT NOT NULL,
    payer_split BYTEA NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX contracts_resident ON contracts (resident_id, valid_from);

CREATE INDEX contracts_team ON contracts (team_id, contract_id);

-- Invariant 1: never two contracts of a resident in force.
CREATE UNIQUE INDEX contracts_in_force ON contracts (resident_id)
    WHERE state IN ('ACTIVE', 'DUE_FOR_RENEWAL');

CREATE TABLE contract_numbers (
    scope TEXT PRIMARY KEY,
    last_number BIGINT NOT NULL
);

CREATE TABLE contract_journal (
    contract_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, changes)
);

-- Services delivered under a contract, by the event that shows them.
CREATE TABLE deliveries (
    evidence_event_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    done_by TEXT NOT NULL,
    done_on TEXT NOT NULL,
    evidence_ref TEXT NOT NULL,
    reversed BIGINT NOT NULL,
    PRIMARY KEY (evidence_event_id, item_code)
);

CREATE INDEX deliveries_ref ON deliveries (evidence_ref);

-- Points, double entry: what a resident gains a pool account gives. Nothing is changed or deleted.
CREATE TABLE points_entries (
    entry_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    debit_account TEXT NOT NULL,
    credit_account TEXT NOT NULL,
    points BIGINT NOT NULL,
    rule_id TEXT NOT NULL,
    source_event_id TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    occurred_on TEXT NOT NULL,
    expires_on TEXT NOT NULL,
    reversal_of TEXT NOT NULL,
    UNIQUE (rule_id, source_event_id, reversal_of)
);

CREATE INDEX points_entries_resident ON points_entries (resident_id, occurred_on);

CREATE TABLE fee_splits (
    team_id TEXT NOT NULL,
    period TEXT NOT NULL,
    source TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (team_id, period, source)
);

CREATE TABLE closed_periods (
    period TEXT PRIMARY KEY,
    caused_by TEXT NOT NULL
);

CREATE TABLE import_batches (
    batch_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    undone BIGINT NOT NULL
);
