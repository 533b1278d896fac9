//! One row of a query: which columns it has, and the document that it is or holds.

use bytes::Bytes;

use super::super::document::{Document, DocumentError, Read, commit_time, order_key, reference};
use super::session::Row;
use crate::order::{Json, Pointer, Slice, slice};
use crate::outcome::Scope;

/// Why the columns of a query won't do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum ColumnsError {
    #[error("it has no column `{0}`, but {1}; name one with `as {0}`")]
    Absent(&'static str, String),
    #[error("two of its columns are named `{0}`; rename one with `as`, or take it out")]
    Twice(String),
    /// Whether the window is kept could not be seen.
    #[error("it has `:since`, but no column `committed_at` by which to see what that leaves out; name one")]
    Undated,
}

/// How a query's rows are read: its columns, and the lane's rules.
#[derive(Debug)]
pub(super) struct Rows<'s> {
    order_key: Pointer,
    reference: Pointer,
    committed_at: Pointer,
    document: Pointer,
    /// Whether there is a column `document`; without it a row is the document.
    has_document: bool,
    strip: Option<&'s str>,
    scope: &'s Scope,
}

impl<'s> Rows<'s> {
    /// Checks the columns of a query.
    pub(super) fn new(
        columns: &[String],
        takes_since: bool,
        strip: Option<&'s str>,
        scope: &'s Scope,
    ) -> Result<Self, ColumnsError> {
        for (index, column) in columns.iter().enumerate() {
            if columns.iter().take(index).any(|earlier| earlier == column) {
                return Err(ColumnsError::Twice(column.clone()));
            }
        }
        let has = |name: &str| columns.iter().any(|column| column == name);
        for name in ["order_key", "reference"] {
            if !has(name) {
                return Err(ColumnsError::Absent(name, columns.join(", ")));
            }
        }
        if takes_since && !has("committed_at") {
            return Err(ColumnsError::Undated);
        }
        Ok(Self {
            order_key: place("/order_key"),
            reference: place("/reference"),
            committed_at: place("/committed_at"),
            document: place("/document"),
            has_document: has("document"),
            strip,
            scope,
        })
    }

    /// Reads a row.
    pub(super) fn read(&self, row: &Row) -> Result<Read, DocumentError> {
        let row = row.as_ref().map_err(|why| DocumentError::Column(why.clone()))?;
        let json = Json::parse(row)?;
        let reference = reference(&json, &self.reference);
        let read = self.read_named(row, &json, reference.clone());
        // A row has no place of its own; its number finds it.
        read.map_err(|error| match reference {
            Ok(reference) => DocumentError::InRow(reference, Box::new(error)),
            Err(_) => error,
        })
    }

    fn read_named(
        &self,
        row: &Bytes,
        json: &Json<'_>,
        reference: Result<String, DocumentError>,
    ) -> Result<Read, DocumentError> {
        let committed_at = commit_time(json, Some(&self.committed_at))?;
        let raw = if self.has_document { self.document(row)? } else { row.clone() };
        match order_key(json, &self.order_key, self.strip) {
            Ok(order_key) => Ok(Read::Document(Document { order_key, reference: reference?, committed_at, raw })),
            Err(_) if self.scope.sets_aside(Some(&raw), committed_at).is_some() => {
                Ok(Read::OutOfScope(Document::keyless(reference.ok(), committed_at, raw)))
            }
            Err(error) => Err(error),
        }
    }

    /// The column `document`: JSON, or its text.
    fn document(&self, row: &Bytes) -> Result<Bytes, DocumentError> {
        let Slice::Value(value) = slice(row, &self.document)? else {
            return Err(DocumentError::NoDocument);
        };
        let raw = match Json::parse(value)? {
            Json::String(text) => Bytes::from(text.into_owned()),
            _ => row.slice_ref(value),
        };
        let is_object = matches!(Json::parse(&raw)?, Json::Object(_));
        if is_object { Ok(raw) } else { Err(DocumentError::NoDocument) }
    }
}

#[expect(clippy::expect_used, reason = "constants; every row of every test is read by them")]
fn place(text: &str) -> Pointer {
    Pointer::parse(text).expect("the columns' names are pointers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::ScopeRule;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn read(names: &[&str], row: &'static str) -> Result<Read, String> {
        let rule = ScopeRule {
            pointer: Pointer::parse("/channel").unwrap(),
            equals: vec!["web".into()],
            reason: "phone".into(),
        };
        let scope = Scope { since: None, only: if row.contains("channel") { vec![rule] } else { vec![] } };
        let rows = Rows::new(&columns(names), false, Some("shopify-"), &scope).unwrap();
        rows.read(&Ok(Bytes::from_static(row.as_bytes()))).map_err(|error| error.to_string())
    }

    fn document(names: &[&str], row: &'static str) -> (String, String, Option<String>, String) {
        match read(names, row) {
            Ok(Read::Document(it)) => {
                let raw = String::from_utf8(it.raw.to_vec()).unwrap();
                (it.order_key.to_string(), it.reference, it.committed_at.map(|at| at.to_string()), raw)
            }
            other => panic!("{row}: {other:?}"),
        }
    }

    #[test]
    fn the_document_is_a_column_or_else_the_row() {
        let bare = ["order_key", "reference"];
        let full = ["order_key", "reference", "committed_at", "document"];
        for (names, row, expected) in [
            (
                &bare[..],
                r#"{"order_key":"shopify-7","reference":820982911946154508,"total":19.90}"#,
                ("7", "820982911946154508", None, None),
            ),
            (
                &full,
                r#"{"order_key":9007199254740993,"reference":"SO-1","committed_at":null,"document":{"a": 1.0}}"#,
                ("9007199254740993", "SO-1", None, Some("{\"a\": 1.0}")),
            ),
            (
                &full,
                r#"{"order_key":" A ","reference":"SO-1","committed_at":"2024-07-03T10:00:00","document":"{\"a\":\"é\\n\"}"}"#,
                ("A", "SO-1", Some("2024-07-03T10:00:00Z"), Some("{\"a\":\"é\\n\"}")),
            ),
        ] {
            let (key, reference, committed_at, raw) = expected;
            let expected =
                (key.to_owned(), reference.to_owned(), committed_at.map(str::to_owned), raw.unwrap_or(row).to_owned());
            assert_eq!(document(names, row), expected);
        }
    }

    #[test]
    fn a_row_that_can_t_be_read_says_where() {
        let no_document = "in the row of the reference 1: in the column `document` stands no JSON object; leave the column out, and the row is the document";
        let names = ["order_key", "reference", "committed_at", "document"];
        for (row, expected) in [
            (
                r#"{"order_key":null,"reference":1,"committed_at":null,"document":{}}"#,
                "in the row of the reference 1: at `/order_key`: the order key is neither a string nor an integer; if it is no order of this shop, `scope` of the lane can set it aside",
            ),
            (
                r#"{"order_key":"A","reference":null,"committed_at":null,"document":{}}"#,
                "at `/reference`, where the reference should be, stands neither a text nor a number",
            ),
            (
                r#"{"order_key":"A","reference":1,"committed_at":"infinity","document":{}}"#,
                "in the row of the reference 1: at `/committed_at`: no time: RFC 3339, RFC 2822, /Date(…)/ or an epoch number is expected",
            ),
            (r#"{"order_key":"A","reference":1,"committed_at":null,"document":null}"#, no_document),
            (r#"{"order_key":"A","reference":1,"committed_at":null,"document":"[1]"}"#, no_document),
            (
                r#"{"order_key":"A","reference":1,"committed_at":null,"document":"<x/>"}"#,
                "in the row of the reference 1: no JSON at byte 0: a value is expected",
            ),
        ] {
            assert_eq!(read(&names, row), Err(expected.into()), "{row}");
        }
    }

    #[test]
    fn a_row_without_a_key_is_set_aside_by_what_its_document_says() {
        let names = ["order_key", "reference", "document"];
        let phone = r#"{"order_key":null,"reference":1,"document":"{\"channel\":\"phone\"}"}"#;
        let Ok(Read::OutOfScope(Some(document))) = read(&names, phone) else { panic!("it is set aside") };
        assert_eq!((document.order_key.as_str(), document.reference.as_str()), ("(no order key) 1", "1"));
        let web = r#"{"order_key":null,"reference":1,"document":"{\"channel\":\"web\"}"}"#;
        assert!(read(&names, web).is_err());
    }

    #[test]
    fn columns_are_checked_by_name() {
        for (names, takes_since, expected) in [
            (&["order_key"][..], false, Err(ColumnsError::Absent("reference", "order_key".into()))),
            (&["ORDER_KEY", "reference"], false, Err(ColumnsError::Absent("order_key", "ORDER_KEY, reference".into()))),
            (&["order_key", "reference", "a", "a"], false, Err(ColumnsError::Twice("a".into()))),
            (&["order_key", "reference"], true, Err(ColumnsError::Undated)),
            (&["order_key", "reference", "committed_at"], true, Ok(())),
        ] {
            let scope = Scope::default();
            assert_eq!(Rows::new(&columns(names), takes_since, None, &scope).map(|_| ()), expected, "{names:?}");
        }
    }
}
