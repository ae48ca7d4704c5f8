-- Evidence and history never change once written (invariants 2 and 9).
CREATE FUNCTION referrals_refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''this row never changes''; END';
CREATE TRIGGER evidence_fixed BEFORE UPDATE OR DELETE ON evidence FOR EACH ROW
    EXECUTE FUNCTION referrals_refuse();
CREATE TRIGGER referral_events_fixed BEFORE UPDATE OR DELETE ON referral_events FOR EACH ROW
    EXECUTE FUNCTION referrals_refuse();
