-- Cases that are not grouped by DRG, and the rules behind their auxiliary coefficient.
ALTER TABLE scores ADD COLUMN scheme TEXT NOT NULL DEFAULT 'CHS_DRG';
ALTER TABLE scores ADD COLUMN aux_ids TEXT NOT NULL DEFAULT '';

-- Cases that experts look at instead of the formula. The formula's value stays here when theirs
-- stands in scores.
CREATE TABLE special_cases (
    institution_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    evidence_document_id TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_on TEXT NOT NULL,
    formula_points_e4 BIGINT NOT NULL,
    formula_d_e8 BIGINT NOT NULL,
    experts_record_id TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    PRIMARY KEY (institution_id, list_id, version)
);
