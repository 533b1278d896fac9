//! A journal, a mapping, and files made of text.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

use crate::clock;
use crate::config::{Encoding, Import, ImportExclude, ImportFormat, Matches, RowPlace};
use crate::journal::{self, Control, ControlKind, Reader, Record};
use crate::observe::import::{Export, Imported, Mapping, Sink, import, record_extract};
use crate::order::Pointer;
use crate::outcome::{Scope, Witness};

/// A journal in a folder of its own.
pub(super) struct World {
    _folder: TempDir,
    pub(super) path: PathBuf,
}

impl World {
    /// A journal as a sidecar leaves it: in good order, or not.
    pub(super) async fn new(closed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("week3.db");
        let opened = journal::open(&path, journal::Options::default()).unwrap();
        let open = Control { run: Some(1), kind: ControlKind::Open, detail: None };
        opened.journal.record(vec![Record::Control(open)]).await.unwrap();
        let wait = Duration::from_secs(30);
        assert!(if closed { opened.journal.close(wait).await } else { opened.journal.leave(wait).await });
        opened.writer.join().unwrap();
        Self { _folder: folder, path }
    }

    pub(super) fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    /// Imports a file of this name.
    pub(super) async fn import(&self, mapping: &Mapping, name: &str, bytes: impl Into<Vec<u8>>) -> Imported {
        let mut sink = Sink::journal(&self.path).await.unwrap();
        let imported = into(&mut sink, mapping, name, bytes, None).await;
        sink.close().await.unwrap();
        imported
    }

    /// What the lane's documents are, as `key reference commit-time document`, and `cancelled`.
    pub(super) fn outcomes(&self) -> Vec<String> {
        let sql = "SELECT concat_ws(' ', o.order_key, o.reference, strftime('%FT%TZ', o.occurred_at / 1000000, 'unixepoch'), \
            CAST(b.bytes AS TEXT), iif(o.kind = 'committed', NULL, o.kind)) \
            FROM outcome o LEFT JOIN content b ON b.id = o.document ORDER BY o.id";
        self.texts(sql)
    }

    /// The orders of the census, as `key placed-at excluded`.
    pub(super) fn census(&self) -> Vec<String> {
        let sql = "SELECT concat_ws(' ', order_key, strftime('%FT%TZ', placed_at / 1000000, 'unixepoch'), excluded) \
            FROM census ORDER BY id";
        self.texts(sql)
    }

    pub(super) fn texts(&self, sql: &str) -> Vec<String> {
        let reader = self.reader();
        let mut select = reader.connection().prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// All rows of the journal, by table: what must not change when nothing is recorded.
    pub(super) fn head(&self) -> i64 {
        self.reader().head().unwrap().unwrap().0
    }
}

/// Imports a file, and records its extract.
pub(super) async fn into(
    sink: &mut Sink,
    mapping: &Mapping,
    name: &str,
    bytes: impl Into<Vec<u8>>,
    complete_through: Option<Timestamp>,
) -> Imported {
    let input = Box::new(Cursor::new(bytes.into()));
    let export = Export { path: Path::new(name).to_owned(), input, read: Arc::default() };
    let mapping = Arc::new(mapping.clone());
    let imported = import(export, &mapping, sink).await.unwrap();
    if imported.reading.begun {
        record_extract(&imported, &mapping, complete_through, sink).await.unwrap();
    }
    imported
}

/// The mapping of a ledger's export.
pub(super) fn ledger() -> Mapping {
    Mapping {
        of: Witness::Gated,
        import: columns("Order", Some("Number"), Some("Created")),
        scope: Scope::default(),
        rows_always: false,
    }
}

/// The mapping of a storefront's export.
pub(super) fn storefront() -> Mapping {
    let mut import = columns("Id", None, Some("Created at"));
    import.cancelled = Some(matches("/Financial Status", "voided"));
    import.excludes = vec![ImportExclude { matches: matches("/Tags", "test"), reason: "test order".into() }];
    Mapping { of: Witness::Census, import, scope: Scope::default(), rows_always: false }
}

fn columns(order_key: &str, reference: Option<&str>, at: Option<&str>) -> Import {
    let column = |name: &str| RowPlace::Column(name.to_owned());
    Import {
        format: None,
        encoding: Encoding::Utf8,
        delimiter: None,
        items: Pointer::parse("").unwrap(),
        order_key: column(order_key),
        order_key_strip: None,
        reference: reference.map(column),
        at: at.map(column),
        time_zone: TimeZone::UTC,
        document: None,
        cancelled: None,
        excludes: Vec::new(),
    }
}

pub(super) fn matches(pointer: &str, value: &str) -> Matches {
    Matches { pointer: Pointer::parse(pointer).unwrap(), equals: vec![value.to_owned()] }
}

/// The mapping of a ledger whose export is JSON, its rows at `/value`.
pub(super) fn api(format: ImportFormat) -> Mapping {
    let mut mapping = ledger();
    mapping.import.format = Some(format);
    mapping.import.items = Pointer::parse("/value").unwrap();
    mapping.import.order_key = RowPlace::Pointer(Pointer::parse("/external/id").unwrap());
    mapping
}

/// A while ago.
pub(super) fn past() -> Timestamp {
    clock::now() - jiff::Span::new().hours(1)
}
