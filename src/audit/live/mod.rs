//! Judging while the journal grows: the assessment as it is now, and lists of orders for those who look.
//!
//! What it says is what `paritee report` would say of the same journal at the same moment. Only orders that rows came for since
//! the last pass are judged again, and those that are [open](crate::judge::Judge::is_settled): pending, lost, not read yet. What the others come to
//! is kept. Some things change what is said of all orders ([`Why`]); then all are judged anew.
//!
//! The chain is verified as a whole once, and from then on what has followed; that an older row was altered meanwhile is for
//! `paritee verify` to find.

mod divide;
mod ground;
mod index;
mod kept;
mod list;
mod lookup;
pub(in crate::audit) mod watch;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rusqlite::DropBehavior;

use super::{AuditError, evidence, find_run, judge, policy};
use crate::journal::{Digest, ReadError, Reader, VerifiedTo};
use crate::judge::{Assessment, ExceptionFound, OrderLine};
use crate::outcome::RowId;
use kept::{Kept, Lists, Passed, Readers};

pub use ground::Why;
pub use index::{Index, IndexError};
pub use kept::Effort;
pub use list::{By, ExceptionsAsked, Listed, OrdersAsked, Page};
pub use lookup::Lookup;
pub use watch::{Now, Watch, watch};

/// Judges the last run of a journal again and again.
#[derive(Debug)]
pub struct Live {
    reader: Reader,
    /// Sees what came since the last pass.
    recent: Reader,
    /// Sees what was there then.
    past: Reader,
    file: FileId,
    index: Arc<Index>,
    /// The seal up to which was judged.
    judged: Option<(RowId, Digest)>,
    kept: Option<Box<Kept>>,
    chain: Chain,
    effort: Effort,
}

/// Which file is at a path: one that was damaged is set aside, and another takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(Option<(u64, u64)>);

impl FileId {
    fn of(path: &Path) -> Self {
        Self(fs::metadata(path).ok().map(|file| (file.dev(), file.ino())))
    }
}

/// What is known of the chain of seals.
#[derive(Clone, Copy, Debug)]
enum Chain {
    Unverified,
    Verified(VerifiedTo),
    Broken,
}

impl Chain {
    /// Verifies what isn't yet. What is committed meanwhile is verified as well, or not; the seal up to which is judged must
    /// be part of it, or another file has taken the place of this one.
    fn verify(self, path: &Path, head: (RowId, Digest)) -> Result<Self, ReadError> {
        let reader = Reader::open(path)?;
        let verified = match self {
            Self::Unverified => reader.verify_to_its_end()?,
            Self::Verified(before) => reader.verify_after(before)?,
            Self::Broken => return Ok(Self::Broken),
        };
        Ok(match verified {
            Ok(verified) if reader.is_sealed(head.0, head.1)? => Self::Verified(verified),
            _ => Self::Broken,
        })
    }
}

impl Live {
    /// Gets ready to judge the journal at `path`.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        // Before it is opened: one that takes its place meanwhile is another.
        let file = FileId::of(path);
        Ok(Self {
            reader: Reader::open(path)?,
            recent: Reader::open(path)?,
            past: Reader::open(path)?,
            file,
            index: Arc::new(Index::new()?),
            judged: None,
            kept: None,
            chain: Chain::Unverified,
            effort: Effort::default(),
        })
    }

    /// Its orders, for those who look.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index)
    }

    /// What the last pass took.
    #[must_use]
    pub const fn effort(&self) -> Effort {
        self.effort
    }

    /// The seal up to which was judged; `None`: nothing was yet.
    #[must_use]
    pub fn judged_to(&self) -> Option<RowId> {
        self.judged.map(|(row, _)| row)
    }

    /// Judges what has changed since the last pass; `None`: nothing was committed since.
    ///
    /// # Errors
    /// When no run was begun, or the journal can't be read.
    pub fn pass(&mut self) -> Result<Option<Assessment>, AuditError> {
        if self.file != FileId::of(self.reader.path()) {
            self.open_again()?;
        }
        let mut one_state = self.reader.snapshot()?;
        // Temporary tables that are made meanwhile stay.
        one_state.set_drop_behavior(DropBehavior::Commit);
        let Some((row, _, digest)) = self.reader.head()? else { return Ok(None) };
        let head = (row, digest);
        if self.judged == Some(head) {
            return Ok(None);
        }
        // After an error nothing is kept.
        let kept = self.kept.take();
        let (why, kept) = match kept {
            Some(kept) if self.is_followed(&kept, head)? => (None, Some(kept)),
            Some(_) => (Some(Why::OtherFile), None),
            None => (Some(Why::First), None),
        };
        if self.is_purged(kept.as_deref(), head)? || why == Some(Why::OtherFile) {
            self.chain = Chain::Unverified;
        }
        let (chain, path) = (self.chain, self.reader.path().to_owned());
        let (verified, passed) = thread::scope(|scope| {
            let verifying = scope.spawn(|| chain.verify(&path, head));
            let passed = self.judge(kept, why, head);
            (verifying.join().unwrap_or_else(|panic| resume_unwind(panic)), passed)
        });
        let (kept, mut passed) = passed?;
        self.chain = verified?;
        if matches!(self.chain, Chain::Broken) {
            passed.judge.break_chain();
        }
        let Passed { judge, facts, effort, lists } = passed;
        let assessment = judge.finish(facts);
        // At last: who looks at both sees lists that are ahead of the assessment no longer than it takes to hand it out.
        lists.publish(&self.index)?;
        (self.kept, self.effort, self.judged) = (kept, effort, Some(head));
        Ok(Some(assessment))
    }

    /// Turns to the file that has taken the place of the one that was judged.
    fn open_again(&mut self) -> Result<(), AuditError> {
        let path = self.reader.path().to_owned();
        let index = Arc::clone(&self.index);
        *self = Self { index, ..Self::open(&path)? };
        Ok(())
    }

    /// Judges what came since what is kept, or all anew where that can't be.
    fn judge(
        &self,
        kept: Option<Box<Kept>>,
        why: Option<Why>,
        head: (RowId, Digest),
    ) -> Result<(Option<Box<Kept>>, Passed), AuditError> {
        let why = match kept {
            Some(kept) => {
                let readers = Readers { all: &self.reader, recent: &self.recent, past: &self.past };
                match kept.go_on(&readers, head)? {
                    Ok((kept, passed)) if !passed.judge.is_full() => return Ok((Some(kept), passed)),
                    Ok(_) => Why::Full,
                    Err(why) => why,
                }
            }
            None => why.unwrap_or(Why::First),
        };
        if why != Why::Full && self.effort.anew != Some(Why::Full) {
            let (kept, passed) = Kept::begin(&self.reader, head, why)?;
            if !passed.judge.is_full() {
                return Ok((Some(kept), passed));
            }
        }
        Ok((None, self.in_sequence()?))
    }

    /// Judges all orders in the sequence in which they came.
    fn in_sequence(&self) -> Result<Passed, AuditError> {
        let run = find_run(&self.reader, None)?;
        let policy = policy(&self.reader, &run)?;
        let evidence = evidence::evidence(&self.reader, &run, None)?;
        let mut filling = Index::fill()?;
        let mut weighed = 0;
        let mut told = |line: Option<&OrderLine>, exceptions: &[ExceptionFound]| {
            weighed += 1;
            filling.order(line, exceptions);
        };
        let (mut judge, facts) = judge(&self.reader, &run, &policy, &evidence, Some(&mut told))?;
        filling.others(&judge.take_exceptions());
        let lists = Lists::Anew(filling, self.reader.notes(run.run.number, 0)?);
        Ok(Passed {
            judge: Box::new(judge),
            facts,
            effort: Effort { weighed, anew: Some(Why::Full), ..Effort::default() },
            lists,
        })
    }

    /// Whether the journal goes on from where it was judged; then the other readers see their parts of it.
    fn is_followed(&self, kept: &Kept, head: (RowId, Digest)) -> Result<bool, ReadError> {
        let (row, digest) = kept.head();
        let is_followed = row < head.0 && self.reader.is_sealed(row, digest)?;
        if is_followed {
            self.recent.see_only(row, head.0)?;
            self.past.see_only(RowId::MIN, row)?;
        }
        Ok(is_followed)
    }

    /// Whether contents were purged since; what is left of them is verified anew.
    fn is_purged(&self, kept: Option<&Kept>, (row, _): (RowId, Digest)) -> Result<bool, ReadError> {
        let before = kept.map_or(self.judged.map_or(row, |(row, _)| row), |kept| kept.head().0);
        self.reader.purged_since(before)
    }
}
