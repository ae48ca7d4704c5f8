-- What VerifyEvidence of referrals answered while the event was still on its way.
CREATE TABLE evidence_answers (
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
CREATE INDEX evidence_answers_referral ON evidence_answers (referral_id);
