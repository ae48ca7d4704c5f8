-- Ledger and enrolment versions are appended and never changed (billing.md 3.1, 10.4).
CREATE TRIGGER ledger_transactions_fixed BEFORE UPDATE ON ledger_transactions
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER ledger_transactions_kept BEFORE DELETE ON ledger_transactions
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER ledger_lines_fixed BEFORE UPDATE ON ledger_lines
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER ledger_lines_kept BEFORE DELETE ON ledger_lines
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER ledger_refs_fixed BEFORE UPDATE ON ledger_refs
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER ledger_refs_kept BEFORE DELETE ON ledger_refs
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER enrolment_versions_fixed BEFORE UPDATE ON enrolment_versions
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER enrolment_versions_kept BEFORE DELETE ON enrolment_versions
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
