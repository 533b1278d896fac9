//! A row as the chain sees it: a table and its values, with one canonical encoding for writing and verifying.

use std::sync::Arc;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sha2::{Digest as _, Sha256};

use super::schema::Table;
use crate::outcome::RowId;

/// One column of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Word(&'static str),
    Text(String),
    Key(Arc<str>),
    Digest([u8; 32]),
}

/// A row without its `id` and `recorded_at`, which the writer gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) table: Table,
    pub(super) values: Vec<Value>,
}

impl Value {
    pub(super) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    pub(super) fn word(word: Option<&'static str>) -> Self {
        word.map_or(Self::Null, Self::Word)
    }

    pub(super) fn int(int: Option<i64>) -> Self {
        int.map_or(Self::Null, Self::Int)
    }

    pub(super) fn as_value_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Word(text) => ValueRef::Text(text.as_bytes()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Key(text) => ValueRef::Text(text.as_bytes()),
            Self::Digest(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.as_value_ref()))
    }
}

/// Takes rows into a seal's digest: table, id, then each column that is not null by index, type, length
/// and bytes. Nulls are left out, so that columns added by a later schema don't change old digests.
#[derive(Default)]
pub(super) struct RowHasher {
    hasher: Sha256,
    buffer: Vec<u8>,
}

impl RowHasher {
    pub(super) fn following(previous: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        Self { hasher, buffer: Vec::with_capacity(512) }
    }

    /// Takes a row in the writer's form.
    pub(super) fn row(&mut self, table: Table, id: RowId, recorded_at: i64, values: &[Value]) {
        self.begin(table, id);
        self.column(1, ValueRef::Integer(recorded_at));
        for (index, value) in (2..).zip(values) {
            self.column(index, value.as_value_ref());
        }
        self.end();
    }

    /// Begins a row; the columns after `id` follow in order, then [`RowHasher::end`].
    pub(super) fn begin(&mut self, table: Table, id: RowId) {
        self.begin_named(table.name(), id);
    }

    /// Begins the row of a seal.
    pub(super) fn begin_seal(&mut self, id: RowId) {
        self.begin_named("seal", id);
    }

    fn begin_named(&mut self, table: &str, id: RowId) {
        self.buffer.clear();
        self.buffer.extend_from_slice(table.as_bytes());
        self.buffer.push(0);
        self.buffer.extend_from_slice(&id.to_le_bytes());
    }

    pub(super) fn column(&mut self, index: u8, value: ValueRef<'_>) {
        let (tag, length) = match value {
            ValueRef::Null => return,
            ValueRef::Integer(_) => (b'i', 8),
            ValueRef::Real(_) => (b'r', 8),
            ValueRef::Text(text) => (b't', text.len()),
            ValueRef::Blob(blob) => (b'b', blob.len()),
        };
        let [a, b, c, d, e, f, g, h] = (length as u64).to_le_bytes();
        self.buffer.extend_from_slice(&[index, tag, a, b, c, d, e, f, g, h]);
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(int) => self.buffer.extend_from_slice(&int.to_le_bytes()),
            ValueRef::Real(real) => self.buffer.extend_from_slice(&real.to_le_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => self.buffer.extend_from_slice(bytes),
        }
    }

    pub(super) fn end(&mut self) {
        self.buffer.push(0xff);
        self.hasher.update(&self.buffer);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.hasher.finalize().into()
    }
}
