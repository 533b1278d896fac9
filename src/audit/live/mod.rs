//! Judging while the journal grows: the assessment as it is now, and lists of orders for those who look.
//!
//! What it says is what `paritee report` would say of the same journal at the same moment.

mod index;
mod list;
mod watch;

use std::path::Path;
use std::sync::Arc;

use super::{AuditError, chain_is_intact, evidence, find_run, judge, policy};
use crate::journal::{Digest, Reader};
use crate::judge::{Assessment, ExceptionFound, OrderLine};
use crate::outcome::RowId;

pub use index::{Index, IndexError};
pub use list::{By, ExceptionsAsked, Listed, OrdersAsked, Page};
pub use watch::{Now, Watch, watch};

/// Judges the last run of a journal again and again.
#[derive(Debug)]
pub struct Live {
    reader: Reader,
    index: Arc<Index>,
    /// The seal up to which was judged.
    judged: Option<(RowId, Digest)>,
}

impl Live {
    /// Gets ready to judge the journal at `path`.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        Ok(Self { reader: Reader::open(path)?, index: Arc::new(Index::new()?), judged: None })
    }

    /// Its orders, for those who look.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index)
    }

    /// Judges what has changed since the last pass; `None`: nothing was committed since.
    ///
    /// # Errors
    /// When no run was begun, or the journal can't be read.
    pub fn pass(&mut self) -> Result<Option<Assessment>, AuditError> {
        let _one_state = self.reader.snapshot()?;
        let head = self.reader.head()?.map(|(row, _, digest)| (row, digest));
        if head.is_none() || head == self.judged {
            return Ok(None);
        }
        let run = find_run(&self.reader, None)?;
        let policy = policy(&self.reader, &run)?;
        let evidence = evidence::evidence(&self.reader, &run, None)?;
        let mut filling = self.index.fill()?;
        let mut told = |line: Option<&OrderLine>, exceptions: &[ExceptionFound]| filling.order(line, exceptions);
        let (mut judge, facts) = judge(&self.reader, &run, &policy, &evidence, Some(&mut told))?;
        filling.others(&judge.take_exceptions());
        let notes = self.reader.notes(run.run.number, 0)?;
        if !chain_is_intact(self.reader.path(), head)? {
            judge.break_chain();
        }
        let assessment = judge.finish(facts);
        // At last: who looks at both sees lists that are ahead of the assessment no longer than it takes to hand it out.
        filling.finish(&notes)?;
        self.judged = head;
        Ok(Some(assessment))
    }
}
