-- The first form. A number that was released is never edited: the next change is 0002.sql.

-- the newest epoch, the next number of a decided record, how many sends are done
CREATE TABLE register (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO register VALUES ('epoch', 0), ('next_decided', 0), ('done', 0);

CREATE TABLE position (
    consumer TEXT NOT NULL,
    partition_no INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer, partition_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    workspace TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    managed TEXT NOT NULL,
    metadata TEXT NOT NULL,
    written_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace, kind, name, version)
) STRICT, WITHOUT ROWID;

-- phase: 0 waiting, 1 sending, 2 done
CREATE TABLE outbox (
    send BLOB PRIMARY KEY,
    workspace TEXT NOT NULL,
    campaign TEXT NOT NULL,
    node BLOB NOT NULL,
    channel TEXT NOT NULL,
    due INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    cause_partition INTEGER NOT NULL,
    cause_offset INTEGER NOT NULL,
    cause_ordinal INTEGER NOT NULL,
    phase INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    decision BLOB
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_at, send) WHERE phase = 0;
CREATE INDEX outbox_sending ON outbox (send) WHERE phase = 1;

CREATE TABLE contact (
    send BLOB PRIMARY KEY,
    workspace TEXT NOT NULL,
    node BLOB NOT NULL,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_of_node ON contact (workspace, node, at);

-- what a send that is not over has taken, so that it can be given back
CREATE TABLE spend (
    send BLOB NOT NULL,
    name TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (send, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    spent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    workspace TEXT NOT NULL,
    node BLOB NOT NULL,
    channel TEXT NOT NULL,
    granted INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, node, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE decided (
    sequence INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    family INTEGER NOT NULL,
    key INTEGER NOT NULL,
    cause_partition INTEGER,
    cause_offset INTEGER,
    cause_ordinal INTEGER,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE named_value (
    workspace TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;
