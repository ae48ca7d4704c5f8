-- A trail is appended and never changed.
CREATE TRIGGER trail_entries_fixed BEFORE UPDATE OR DELETE ON trail_entries FOR EACH ROW
    EXECUTE FUNCTION billing_refuse();
