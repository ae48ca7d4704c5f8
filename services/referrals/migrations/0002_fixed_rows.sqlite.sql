-- Evidence and history never change once written (invariants 2 and 9).
CREATE TRIGGER evidence_fixed BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER referral_events_fixed BEFORE UPDATE ON referral_events
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER referral_events_kept BEFORE DELETE ON referral_events
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
