-- Answers of commands by the key of their request; a resend is answered from here. The answer and the
-- effect are written in one transaction.
CREATE TABLE request_keys (
    institution_id TEXT NOT NULL,
    method         TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    fingerprint    BYTEA NOT NULL,
    code           BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    answer         BYTEA NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (institution_id, method, request_id)
);
CREATE INDEX request_keys_expiry ON request_keys (expires_at);
