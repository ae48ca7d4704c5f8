-- Ledger and enrolment versions are appended and never changed (billing.md 3.1, 10.4).
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''this row never changes''; END';
CREATE TRIGGER ledger_transactions_fixed BEFORE UPDATE OR DELETE ON ledger_transactions FOR EACH ROW
    EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER ledger_lines_fixed BEFORE UPDATE OR DELETE ON ledger_lines FOR EACH ROW
    EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER ledger_refs_fixed BEFORE UPDATE OR DELETE ON ledger_refs FOR EACH ROW
    EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER enrolment_versions_fixed BEFORE UPDATE OR DELETE ON enrolment_versions FOR EACH ROW
    EXECUTE FUNCTION billing_refuse();
