//! Single orders, looked up while the journal grows: names, readings and what else orders share are gathered once and then
//! followed, so that a look-up reads one order alone.

use std::path::Path;

use rusqlite::DropBehavior;

use super::super::names::Names;
use super::super::orders::{Timelines, one_order};
use super::super::{AuditError, OrderFound, OrderSeen, evidence, find_run, key_of, nothing, policy, similar};
use super::FileId;
use super::ground::{Ground, Stands};
use crate::journal::{Digest, Reader};
use crate::judge::{Judge, Policy};
use crate::order::OrderKey;
use crate::outcome::RowId;

/// Looks single orders up.
#[derive(Debug)]
pub struct Lookup {
    reader: Reader,
    /// Sees what came since the last look-up.
    recent: Reader,
    file: FileId,
    kept: Option<Box<Kept>>,
}

#[derive(Debug)]
struct Kept {
    ground: Ground,
    judge: Judge,
}

impl Lookup {
    /// Gets ready to look into the journal at `path`. The first look-up takes as long as its names and readings are many.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let file = FileId::of(path);
        Ok(Self { reader: Reader::open(path)?, recent: Reader::open(path)?, file, kept: None })
    }

    /// What [`super::super::order`] gives: one order by its key or another of its names, with or without a leading `#`.
    ///
    /// # Errors
    /// When several orders go by this name, or the journal can't be read.
    pub fn order(&mut self, name: &OrderKey) -> Result<OrderFound, AuditError> {
        self.with(|reader, kept| match kept {
            Some(kept) => find(reader, kept, name),
            None => Ok(nothing(reader, name, Vec::new())?),
        })
    }

    /// Takes in what came since the last time, so that the next look-up needn't; whether there is a run to follow.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub fn keep_up(&mut self) -> Result<bool, AuditError> {
        self.with(|_, kept| Ok(kept.is_some()))
    }

    /// Looks at the journal as it is now, and at what is kept of it; `None`: no run was begun.
    fn with<T>(&mut self, look: impl FnOnce(&Reader, Option<&Kept>) -> Result<T, AuditError>) -> Result<T, AuditError> {
        if self.file != FileId::of(self.reader.path()) {
            *self = Self::open(self.reader.path())?;
        }
        let mut one_state = self.reader.snapshot()?;
        // Temporary tables that are made meanwhile stay.
        one_state.set_drop_behavior(DropBehavior::Commit);
        let Some((row, _, digest)) =
            self.reader.head()?.filter(|_| self.reader.run(None).is_ok_and(|run| run.is_some()))
        else {
            return look(&self.reader, None);
        };
        let kept = follow(&self.reader, &self.recent, self.kept.take(), (row, digest))?;
        let found = look(&self.reader, Some(&kept));
        self.kept = Some(kept);
        found
    }
}

/// What is kept, as it is at `head`.
fn follow(
    reader: &Reader,
    recent: &Reader,
    kept: Option<Box<Kept>>,
    head: (RowId, Digest),
) -> Result<Box<Kept>, AuditError> {
    let judge = |ground: &Ground| Judge::new(&ground.policy, &ground.evidence);
    if let Some(mut kept) = kept {
        let (row, digest) = kept.ground.head;
        if kept.ground.head == head {
            return Ok(kept);
        }
        if row < head.0 && reader.is_sealed(row, digest)? {
            recent.see_only(row, head.0)?;
            if kept.ground.follow(reader, recent, head)? == Stands::Yes {
                kept.judge = judge(&kept.ground);
                return Ok(kept);
            }
        }
    }
    let ground = Ground::gather(reader, head)?;
    Ok(Box::new(Kept { judge: judge(&ground), ground }))
}

fn find(reader: &Reader, kept: &Kept, name: &OrderKey) -> Result<OrderFound, AuditError> {
    let connection = reader.connection();
    let names = Names::gathered(connection)?;
    let key = key_of(&names, name)?;
    let order = key.map(|key| one_order(connection, &key)).transpose()?.flatten();
    let Some(order) = order else {
        return Ok(nothing(reader, name, similar::at_the_beginning(connection, name)?)?);
    };
    let run = order.run;
    let seen = |policy: &Policy, judge: &Judge| -> Result<OrderFound, AuditError> {
        let timeline = Timelines::new(connection, &names, policy)?.of(order)?;
        let verdict = judge.verdict_of(&timeline);
        Ok(OrderFound::Order(Box::new(OrderSeen { run, policy: policy.clone(), timeline, verdict })))
    };
    if run == kept.ground.run.run.number {
        return seen(&kept.ground.policy, &kept.judge);
    }
    // An order of an earlier run is judged by that.
    let earlier = find_run(reader, Some(run))?;
    let policy = policy(reader, &earlier)?;
    let evidence = evidence::evidence(reader, &earlier, None)?;
    seen(&policy, &Judge::new(&policy, &evidence))
}
