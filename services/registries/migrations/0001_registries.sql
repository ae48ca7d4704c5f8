-- Own records.
CREATE TABLE enrolments (
    enrolment_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    state TEXT NOT NULL,
    candidate_on TEXT,
    confirmed_on TEXT,
    enrolled_on TEXT,
    confirmed_by TEXT,
    confirmation_ref TEXT,
    confirmation_via TEXT,
    control_class TEXT NOT NULL,
    unsatisfied_run BIGINT NOT NULL CHECK (unsatisfied_run >= 0),
    on_goal BIGINT NOT NULL,
    last_visit_on TEXT,
    last_visit_id TEXT,
    next_due_on TEXT,
    class_visit_on TEXT,
    class_visit_id TEXT,
    rule_set_version TEXT NOT NULL,
    suspended_until TEXT,
    moved_to TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    changes BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Invariant 1: at most one open enrolment of a resident and disease.
CREATE UNIQUE INDEX enrolments_open ON enrolments (resident_id, disease_code)
    WHERE state <> 'CLOSED';

CREATE INDEX enrolments_resident ON enrolments (resident_id, disease_code, enrolment_id);

CREATE INDEX enrolments_due ON enrolments (institution_id, next_due_on, enrolment_id);

CREATE INDEX enrolments_team ON enrolments (team_id, next_due_on, enrolment_id);

CREATE INDEX enrolments_batch ON enrolments (batch_id);

CREATE TABLE visits (
    visit_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    performer_id TEXT NOT NULL,
    visit_on TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    data BYTEA NOT NULL,
    referral_id TEXT NOT NULL,
    voided BIGINT NOT NULL,
    void_reason_code TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX visits_resident ON visits (resident_id, visit_on, visit_id);

CREATE TABLE visit_classes (
    visit_id TEXT NOT NULL REFERENCES visits (visit_id),
    enrolment_id TEXT NOT NULL REFERENCES enrolments (enrolment_id),
    disease_code TEXT NOT NULL,
    visit_on TEXT NOT NULL,
    control_class TEXT NOT NULL,
    danger BIGINT NOT NULL,
    on_goal BIGINT NOT NULL,
    unsatisfied_run BIGINT NOT NULL,
    next_due_on TEXT,
    rule_set_version TEXT NOT NULL,
    missing TEXT NOT NULL,
    PRIMARY KEY (visit_id, enrolment_id)
);

CREATE INDEX visit_classes_enrolment ON visit_classes (enrolment_id, visit_on, visit_id);

CREATE TABLE care_actions (
    action_id TEXT PRIMARY KEY,
    enrolment_id TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    referral_id TEXT NOT NULL,
    visit_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    state TEXT NOT NULL,
    done_ref TEXT NOT NULL,
    changes BIGINT NOT NULL
);

CREATE INDEX care_actions_resident ON care_actions (resident_id, state, due_on);

CREATE INDEX care_actions_team ON care_actions (team_id, due_on, action_id);

CREATE TABLE enrolment_journal (
    enrolment_id TEXT NOT NULL,
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
    PRIMARY KEY (enrolment_id, changes)
);

-- Copies of other services' facts. A merge and its undoing are events of two residents and may come
-- in either order: a resident is merged while merged_at is later than split_at.
CREATE TABLE resident_copies (
    resident_id TEXT PRIMARY KEY,
    sex BIGINT NOT NULL,
    birth_date TEXT NOT NULL,
    home_institution_id TEXT NOT NULL,
    deceased_on TEXT,
    merged_into TEXT NOT NULL,
    merged_at BIGINT NOT NULL,
    split_at BIGINT NOT NULL
);

CREATE TABLE practitioner_copies (
    practitioner_id TEXT PRIMARY KEY,
    institution_ids TEXT NOT NULL,
    title TEXT NOT NULL,
    rights TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    caused_by TEXT NOT NULL
);

CREATE TABLE institution_copies (
    institution_id TEXT PRIMARY KEY,
    class TEXT NOT NULL,
    level BIGINT NOT NULL,
    parent_institution_id TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE team_copies (
    team_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    leader_id TEXT NOT NULL,
    dissolved BIGINT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE TABLE contract_copies (
    contract_id TEXT PRIMARY KEY,
    resident_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    state TEXT NOT NULL,
    caused_by TEXT NOT NULL
);

CREATE INDEX contract_copies_resident ON contract_copies (resident_id);

-- Stays in hospital, by settlement list: the first visit after one.
CREATE TABLE stay_copies (
    list_id TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    admission_date TEXT NOT NULL,
    discharge_date TEXT NOT NULL,
    withdrawn BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (institution_id, list_id)
);

CREATE INDEX stay_copies_resident ON stay_copies (resident_id);

-- Drugs that a resident got, and days without.
CREATE TABLE dispense_copies (
    dispense_id TEXT NOT NULL,
    line_no BIGINT NOT NULL,
    resident_id TEXT NOT NULL,
    generic_code TEXT NOT NULL,
    dispensed_on TEXT NOT NULL,
    days_supplied BIGINT NOT NULL,
    reversed BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (dispense_id, line_no)
);

CREATE INDEX dispense_copies_resident ON dispense_copies (resident_id);

CREATE TABLE refill_gap_copies (
    resident_id TEXT NOT NULL,
    disease_code TEXT NOT NULL,
    covered_until TEXT NOT NULL,
    next_dispensed_on TEXT NOT NULL,
    gap_days BIGINT NOT NULL,
    caused_by TEXT NOT NULL,
    PRIMARY KEY (resident_id, disease_code, covered_until)
);

CREATE TABLE closed_periods (
    period TEXT PRIMARY KEY,
    caused_by TEXT NOT NULL
);

-- Import batches, for undo.
CREATE TABLE import_batches (
    batch_id TEXT PRIMARY KEY,
    institution_id TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    undone BIGINT NOT NULL
);
