CREATE TABLE audit_rows (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    institution_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    resident_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    purpose TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    seal_sequence BIGINT CHECK (seal_sequence >= 1),
    row_hash BYTEA,
    chain_hash BYTEA
);
CREATE INDEX audit_rows_unsealed ON audit_rows (position) WHERE seal_sequence IS NULL;
CREATE UNIQUE INDEX audit_rows_sealed ON audit_rows (seal_sequence) WHERE seal_sequence IS NOT NULL;
CREATE INDEX audit_rows_resident ON audit_rows (resident_id, position) WHERE resident_id <> '';

CREATE TABLE audit_anchors (
    sequence BIGINT PRIMARY KEY,
    chain_hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    signature BYTEA NOT NULL
);

-- The application itself can only append, and seal once.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''audit rows never change''; END';
CREATE TRIGGER audit_rows_fixed BEFORE UPDATE ON audit_rows FOR EACH ROW
    WHEN (OLD.seal_sequence IS NOT NULL
          OR (OLD.position, OLD.id, OLD.at, OLD.actor, OLD.institution_id, OLD.client_id,
              OLD.action, OLD.subject, OLD.resident_id, OLD.outcome, OLD.reason, OLD.purpose,
              OLD.correlation_id, OLD.traceparent)
             IS DISTINCT FROM
             (NEW.position, NEW.id, NEW.at, NEW.actor, NEW.institution_id, NEW.client_id,
              NEW.action, NEW.subject, NEW.resident_id, NEW.outcome, NEW.reason, NEW.purpose,
              NEW.correlation_id, NEW.traceparent))
    EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_rows_kept BEFORE DELETE ON audit_rows FOR EACH ROW
    EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_rows_not_emptied BEFORE TRUNCATE ON audit_rows FOR EACH STATEMENT
    EXECUTE FUNCTION audit_refuse();
