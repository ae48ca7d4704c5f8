CREATE TABLE institutions (
    institution_id TEXT PRIMARY KEY,
    parent_institution_id TEXT NOT NULL,
    record BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

-- What held of an institution from which day on; the newest is the one in `institutions`.
CREATE TABLE institution_versions (
    institution_id TEXT NOT NULL REFERENCES institutions (institution_id),
    effective_on TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (institution_id, effective_on)
);

CREATE TABLE memberships (
    consortium_id TEXT NOT NULL,
    institution_id TEXT NOT NULL REFERENCES institutions (institution_id),
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
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE TABLE practitioner_sites (
    institution_id TEXT NOT NULL REFERENCES institutions (institution_id),
    practitioner_id TEXT NOT NULL REFERENCES practitioners (practitioner_id),
    PRIMARY KEY (institution_id, practitioner_id)
);

CREATE INDEX practitioner_sites_practitioner ON practitioner_sites (practitioner_id);

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

CREATE INDEX residents_batch ON residents (batch_id);

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
    institution_id TEXT NOT NULL REFERENCES institutions (institution_id),
    record BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX teams_institution ON teams (institution_id, team_id);

-- Present members of teams, for the sum of a practitioner's shares; the record holds past ones too.
CREATE TABLE team_members (
    team_id TEXT NOT NULL REFERENCES teams (team_id),
    practitioner_id TEXT NOT NULL REFERENCES practitioners (practitioner_id),
    role TEXT NOT NULL,
    capacity_share_bp BIGINT NOT NULL,
    PRIMARY KEY (practitioner_id, team_id, role)
);

CREATE INDEX team_members_team ON team_members (team_id);

CREATE TABLE contracts (
    contract_id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    resident_id TEXT NOT NULL REFERENCES residents (resident_id),
    team_id TEXT NOT NULL REFERENCES teams (team_id),
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

CREATE INDEX contracts_doctor ON contracts (family_doctor_id, state);

CREATE INDEX contracts_previous ON contracts (previous_contract_id);

-- Invariant 1: never two contracts of a resident in force.
CREATE UNIQUE INDEX contracts_in_force ON contracts (resident_id)
    WHERE state IN ('ACTIVE', 'DUE_FOR_RENEWAL');

-- Counts the signatures of a resident: two that look at the same contracts cannot both commit.
CREATE TABLE contract_heads (
    resident_id TEXT PRIMARY KEY,
    changes BIGINT NOT NULL
);

CREATE TABLE contract_numbers (
    scope TEXT PRIMARY KEY,
    last_number BIGINT NOT NULL
);

CREATE TABLE contract_journal (
    contract_id TEXT NOT NULL REFERENCES contracts (contract_id),
    changes BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, changes)
);

-- Services delivered under a contract, by the event that shows them. `known_at` and `reversed_at`
-- are the business times of the events, so that a sum up to a day does not depend on when they
-- arrived.
CREATE TABLE deliveries (
    evidence_event_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    contract_id TEXT NOT NULL REFERENCES contracts (contract_id),
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    done_by TEXT NOT NULL,
    done_on TEXT NOT NULL,
    evidence_ref TEXT NOT NULL,
    known_at BIGINT NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (evidence_event_id, item_code)
);

CREATE INDEX deliveries_ref ON deliveries (evidence_ref);

CREATE INDEX deliveries_contract ON deliveries (contract_id);

CREATE INDEX deliveries_team ON deliveries (team_id, done_on);

-- Evidence that was taken back. Another service's event that rests on it may come later.
CREATE TABLE voided_evidence (
    evidence_ref TEXT PRIMARY KEY,
    voided_at BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

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
CREATE INDEX points_entries_reversal ON points_entries (reversal_of);

CREATE TABLE fee_splits (
    team_id TEXT NOT NULL REFERENCES teams (team_id),
    period TEXT NOT NULL,
    source TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (team_id, period, source)
);

-- Copies of other services' facts.
CREATE TABLE closed_periods (
    period TEXT PRIMARY KEY,
    caused_by TEXT NOT NULL
);

-- Confirmed enrolments: key groups of their residents.
CREATE TABLE enrolment_copies (
    enrolment_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    confirmed_on TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX enrolment_copies_resident ON enrolment_copies (resident_id);

CREATE TABLE peer_score_copies (
    review_id TEXT PRIMARY KEY,
    performer_id TEXT NOT NULL,
    month TEXT NOT NULL,
    score_e2 BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX peer_score_copies_performer ON peer_score_copies (performer_id, month);

-- Who read which record in any of the other services (interop.md 8).
CREATE TABLE access_copies (
    event_id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    reader_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    scope TEXT NOT NULL,
    break_glass BIGINT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX access_copies_resident ON access_copies (resident_id, at);

CREATE TABLE import_batches (
    batch_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    undone BIGINT NOT NULL
);
