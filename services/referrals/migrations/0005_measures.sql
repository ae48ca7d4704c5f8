-- Measures and worklists look for a period, holds for the places of one.
CREATE INDEX referrals_submitted ON referrals (submitted_at);

CREATE INDEX slots_start ON slots (start_at);
