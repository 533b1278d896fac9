//! The schema, version 3. Names and views are an interface: people open the file with `sqlite3` and Datasette.

/// `application_id` of a journal: "PRTE".
pub(super) const APPLICATION_ID: i32 = 0x5052_5445;

/// `user_version` of this schema.
pub(super) const VERSION: i32 = 3;

/// Everything that a new journal gets. Times are integer microseconds UTC. `id` is one sequence over
/// all tables but `content`.
pub(super) const CREATE: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    number INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT,
    policy_digest BLOB NOT NULL, policy TEXT NOT NULL, judged_by TEXT NOT NULL, tool_version TEXT NOT NULL
) STRICT;
CREATE TABLE control (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    run INTEGER, kind TEXT NOT NULL, detail TEXT
) STRICT;
CREATE TABLE capture (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    run INTEGER NOT NULL, uuid TEXT NOT NULL, received_at INTEGER NOT NULL,
    method TEXT NOT NULL, target TEXT NOT NULL, route TEXT NOT NULL, operation TEXT NOT NULL,
    order_key TEXT, also_known_as TEXT, event_id TEXT, delivery_id TEXT, excluded TEXT, skip TEXT,
    headers TEXT NOT NULL, body INTEGER, body_digest BLOB, body_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX capture_order_key ON capture(order_key, id) WHERE order_key IS NOT NULL;
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    capture INTEGER NOT NULL, lane TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL,
    sent_at INTEGER NOT NULL, idempotency_key TEXT
) STRICT;
CREATE INDEX attempt_capture ON attempt(capture);
CREATE TABLE answer (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL, lane TEXT NOT NULL, ending TEXT NOT NULL,
    answered_at INTEGER NOT NULL, took_us INTEGER NOT NULL, status INTEGER,
    headers TEXT NOT NULL, body INTEGER, body_digest BLOB, body_bytes INTEGER NOT NULL, error TEXT
) STRICT;
CREATE INDEX answer_attempt ON answer(attempt);
CREATE INDEX answer_not_2xx ON answer(lane, attempt) WHERE status IS NULL OR status < 200 OR status > 299;
CREATE TABLE outcome (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    lane TEXT NOT NULL, kind TEXT NOT NULL, order_key TEXT NOT NULL, occurred_at INTEGER,
    source TEXT NOT NULL, source_id TEXT NOT NULL, reference TEXT, document INTEGER, document_digest BLOB
) STRICT;
CREATE UNIQUE INDEX outcome_source ON outcome(source, source_id);
CREATE INDEX outcome_order_key ON outcome(order_key, lane);
CREATE TABLE reading (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    lane TEXT NOT NULL, source TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
    since INTEGER, complete INTEGER NOT NULL, pages INTEGER NOT NULL, documents INTEGER NOT NULL,
    clock_offset_us INTEGER, clock_uncertainty_us INTEGER, error TEXT
) STRICT;
CREATE TABLE watermark (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    lane TEXT NOT NULL, source TEXT NOT NULL, watermark_at INTEGER NOT NULL
) STRICT;
CREATE TABLE gap (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    run INTEGER, reason TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, requests INTEGER,
    lane TEXT, capture INTEGER, order_key TEXT, detail TEXT
) STRICT;
CREATE TABLE purge (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    content_first INTEGER NOT NULL, content_last INTEGER NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE TABLE seal (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    first INTEGER NOT NULL, previous BLOB NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE content (id INTEGER PRIMARY KEY, digest BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;

CREATE VIEW captured_order AS
    SELECT c.id, datetime(c.received_at / 1000000, 'unixepoch') AS received, c.run, c.operation, c.order_key,
           c.excluded, c.skip, CAST(b.bytes AS TEXT) AS payload
    FROM capture c LEFT JOIN content b ON b.id = c.body;
CREATE VIEW send AS
    SELECT a.id, c.order_key, a.lane, a.number, a.reason, datetime(a.sent_at / 1000000, 'unixepoch') AS sent,
           w.ending, w.status, w.took_us, CAST(b.bytes AS TEXT) AS answer, w.error
    FROM attempt a JOIN capture c ON c.id = a.capture
    LEFT JOIN answer w ON w.attempt = a.id LEFT JOIN content b ON b.id = w.body;
CREATE VIEW ledger AS
    SELECT o.id, o.lane, o.order_key, o.kind, o.reference, datetime(o.occurred_at / 1000000, 'unixepoch') AS occurred,
           o.source, CAST(b.bytes AS TEXT) AS document
    FROM outcome o LEFT JOIN content b ON b.id = o.document;
";

/// What version 2 has beside version 1: tables only, so that a file of version 1 becomes one of version 2 by this, and
/// can be read by it as temporary tables.
const CREATE_2: &str = "
CREATE {TEMP} TABLE signature (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    capture INTEGER NOT NULL, signature TEXT NOT NULL
) STRICT;
CREATE INDEX {SCHEMA}signature_capture ON signature(capture);
CREATE {TEMP} TABLE lookup (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    lane TEXT NOT NULL, source TEXT NOT NULL, order_key TEXT NOT NULL,
    began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, documents INTEGER, error TEXT
) STRICT;
CREATE INDEX {SCHEMA}lookup_order_key ON lookup(order_key, lane);
CREATE {TEMP} TABLE census (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    order_key TEXT NOT NULL, placed_at INTEGER, excluded TEXT,
    source TEXT NOT NULL, source_id TEXT NOT NULL, document INTEGER, document_digest BLOB
) STRICT;
CREATE UNIQUE INDEX {SCHEMA}census_source ON census(source, source_id);
CREATE INDEX {SCHEMA}census_order_key ON census(order_key);
CREATE {TEMP} TABLE extract (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    lane TEXT NOT NULL, source TEXT NOT NULL, file_name TEXT NOT NULL, file_digest TEXT NOT NULL,
    file_bytes INTEGER NOT NULL, rows INTEGER NOT NULL, recorded INTEGER NOT NULL, columns TEXT NOT NULL,
    began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, complete_through INTEGER, error TEXT
) STRICT;
";

/// What version 3 has beside version 2: where a capture that was replayed comes from.
const CREATE_3: &str = "
CREATE {TEMP} TABLE replayed (
    id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
    capture INTEGER NOT NULL, occurred_at INTEGER, file_name TEXT NOT NULL, place TEXT NOT NULL
) STRICT;
CREATE INDEX {SCHEMA}replayed_capture ON replayed(capture);
";

/// What came after a version, up to another, of tables alone.
fn made_between(version: i32, up_to: i32) -> String {
    let made = [(2, CREATE_2), (3, CREATE_3)].into_iter();
    made.filter(|(later, _)| (version + 1..=up_to).contains(later)).map(|(_, create)| create).collect()
}

/// What makes a file of a version one of another.
pub(super) fn between(version: i32, up_to: i32) -> String {
    made_between(version, up_to).replace("{TEMP} ", "").replace("{SCHEMA}", "")
}

/// What makes a file of an older version one of this.
pub(super) fn later(version: i32) -> String {
    between(version, VERSION)
}

/// The same beside a file that is only read.
pub(super) fn later_beside(version: i32) -> String {
    made_between(version, VERSION).replace("{TEMP}", "TEMP").replace("{SCHEMA}", "temp.")
}

/// Where contents are referred to: table, and column. Bodies of requests, answers, documents, rows of the census.
pub(super) const REFERENCES: [(&str, &str); 4] =
    [("capture", "body"), ("answer", "body"), ("outcome", "document"), ("census", "document")];

/// The tables whose rows the seals cover, in a fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Run,
    Control,
    Capture,
    Attempt,
    Answer,
    Outcome,
    Reading,
    Watermark,
    Gap,
    Purge,
    Signature,
    Lookup,
    Census,
    Extract,
    Replayed,
}

impl Table {
    pub(super) const ALL: [Self; 15] = [
        Self::Run,
        Self::Control,
        Self::Capture,
        Self::Attempt,
        Self::Answer,
        Self::Outcome,
        Self::Reading,
        Self::Watermark,
        Self::Gap,
        Self::Purge,
        Self::Signature,
        Self::Lookup,
        Self::Census,
        Self::Extract,
        Self::Replayed,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Control => "control",
            Self::Capture => "capture",
            Self::Attempt => "attempt",
            Self::Answer => "answer",
            Self::Outcome => "outcome",
            Self::Reading => "reading",
            Self::Watermark => "watermark",
            Self::Gap => "gap",
            Self::Purge => "purge",
            Self::Signature => "signature",
            Self::Lookup => "lookup",
            Self::Census => "census",
            Self::Extract => "extract",
            Self::Replayed => "replayed",
        }
    }

    /// The insert of a whole row. One that was told before, by its source and the source's id, is left out.
    pub(super) const fn insert(self) -> &'static str {
        match self {
            Self::Run => "INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?)",
            Self::Control => "INSERT INTO control VALUES (?,?,?,?,?)",
            Self::Capture => "INSERT INTO capture VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Attempt => "INSERT INTO attempt VALUES (?,?,?,?,?,?,?,?)",
            Self::Answer => "INSERT INTO answer VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Outcome => {
                "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (source, source_id) DO NOTHING"
            }
            Self::Reading => "INSERT INTO reading VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Watermark => "INSERT INTO watermark VALUES (?,?,?,?,?)",
            Self::Gap => "INSERT INTO gap VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            Self::Purge => "INSERT INTO purge VALUES (?,?,?,?,?)",
            Self::Signature => "INSERT INTO signature VALUES (?,?,?,?)",
            Self::Lookup => "INSERT INTO lookup VALUES (?,?,?,?,?,?,?,?,?)",
            Self::Census => "INSERT INTO census VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (source, source_id) DO NOTHING",
            Self::Extract => "INSERT INTO extract VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Replayed => "INSERT INTO replayed VALUES (?,?,?,?,?,?)",
        }
    }
}
