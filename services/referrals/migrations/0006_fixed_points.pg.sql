-- Time points are added and never changed: a correction is one more.
CREATE TRIGGER channel_time_points_fixed BEFORE UPDATE OR DELETE ON channel_time_points
    FOR EACH ROW EXECUTE FUNCTION referrals_refuse();
