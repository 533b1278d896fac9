//! Opening a journal that somebody named.

use std::path::Path;

use anyhow::{Error, bail};
use rusqlite::ErrorCode;

use crate::audit::AuditError;
use crate::journal::{ReadError, Reader};

/// Opens the journal at `path` to read.
pub(super) fn journal(path: &Path) -> anyhow::Result<Reader> {
    if path.is_dir() {
        bail!("read the journal {}: it is a directory; name the file in it", path.display());
    }
    if path.exists() && !path.is_file() {
        bail!("read the journal {}: it is no file; name the journal itself", path.display());
    }
    Reader::open(path).map_err(|error| explain(path, error.into()))
}

/// What went wrong while the journal at `path` was read; says so where the file itself is broken.
pub(super) fn explain(path: &Path, error: AuditError) -> Error {
    let broken = |error: &rusqlite::Error| {
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    };
    match error {
        AuditError::Read(ReadError::Sqlite(source)) if broken(&source) => Error::new(source)
            .context(format!("read the journal {}: the file is damaged, use a copy of it", path.display())),
        error => error.into(),
    }
}
