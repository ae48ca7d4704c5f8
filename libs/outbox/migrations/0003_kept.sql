-- What was swept out of inbox, so that figures still count it.
CREATE TABLE swept_totals (
    consumer TEXT PRIMARY KEY,
    applied  BIGINT NOT NULL
);

-- Types whose history a consumer has been brought up to date with. One that is not here is new.
CREATE TABLE known_subscriptions (
    consumer TEXT NOT NULL,
    type     TEXT NOT NULL,
    PRIMARY KEY (consumer, type)
);
