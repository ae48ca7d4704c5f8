-- Time points are added and never changed: a correction is one more.
CREATE TRIGGER channel_time_points_fixed BEFORE UPDATE ON channel_time_points
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER channel_time_points_kept BEFORE DELETE ON channel_time_points
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
