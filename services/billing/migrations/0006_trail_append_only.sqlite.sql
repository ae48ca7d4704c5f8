-- A trail is appended and never changed.
CREATE TRIGGER trail_entries_fixed BEFORE UPDATE ON trail_entries
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
CREATE TRIGGER trail_entries_kept BEFORE DELETE ON trail_entries
    BEGIN SELECT RAISE(ABORT, 'this row never changes'); END;
