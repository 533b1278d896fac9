//! Pages that are counted, and rows that move between them while a reading goes on.
//!
//! A row that is deleted on a page already read pulls every later row one place forward, so that the first row of the
//! next page moves to where the reading has been, and is never seen. One that is inserted there pushes a row onto the
//! next page, where it is seen twice. A complete reading must not lack a row that was there all the time, and this
//! is how that is known, whatever the order of rows:
//!
//! 1. A walk over the pages has seen M rows, none of them twice, and the ledger held no more than M when it ended: at
//!    the offset M it gave an empty page, or its last page was shorter than the others, which were all alike.
//! 2. Each of these M rows is seen once more in a second walk, after the first. So all M were there when the first
//!    ended, and with no more than M rows in all there was no other.
//!
//! The second walk stops as soon as it has seen them all. One that lacks some is a first walk in its turn, and so is
//! one that follows a walk that has seen a row twice; after [`WALKS_MAX`] walks the reading ends incomplete. This costs
//! every request twice but where one page holds everything and is shorter than pages of this ledger can be, as most
//! windows are: that answer is of one moment, and needs no proof.
//!
//! Taken for granted: an answer is of one moment; pages are cut by a number of rows; and a row that is gone does
//! not come back within the reading. Asking for one row of the page before would be cheaper, but some ledgers take
//! only offsets that the limit divides, and it would prove nothing where rows aren't sorted by age.

use std::collections::HashSet;

/// Most walks over the pages of one reading. On a ledger where rows move all the time more would help little.
pub(super) const WALKS_MAX: u32 = 4;

/// A row, by 64 bits of the digest of its names.
pub(super) type RowName = u64;

/// What pages are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountedBy {
    /// `{page}`
    Pages,
    /// `{offset}`
    Rows,
}

/// Where a page begins, and how many rows it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) page: u32,
    /// Rows before it.
    pub(super) offset: u64,
    /// The most rows it may have; divides the offset.
    pub(super) limit: u32,
}

/// What to do after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask for the page at the next place.
    GoOn,
    /// Nothing that was there all the time is lacking.
    Done,
    /// Rows move faster than they can be read.
    Moved,
}

/// The count of pages, over as many walks as it takes.
#[derive(Debug)]
pub(super) struct Counting {
    by: CountedBy,
    limit: u32,
    /// The most rows that a page of this ledger ever had.
    fullest: usize,
    place: Place,
    walks: u32,
    walk: Rows,
    /// Rows of the walk before that were not seen again yet; `None`: that walk proved nothing.
    unconfirmed: Option<HashSet<RowName>>,
}

/// What one walk has seen.
#[derive(Debug, Default)]
struct Rows {
    names: HashSet<RowName>,
    /// Rows of its first page, and of its last so far.
    first: usize,
    last: usize,
    /// Whether it saw a row twice, or pages that are no counted ones.
    proves_nothing: bool,
}

impl Place {
    pub(super) const fn first(limit: u32) -> Self {
        Self { page: 1, offset: 0, limit }
    }
}

impl Counting {
    /// At the first page of the first walk.
    pub(super) fn begin(by: CountedBy, limit: u32, fullest: usize) -> Self {
        let place = Place::first(limit);
        Self { by, limit, fullest, place, walks: 1, walk: Rows::default(), unconfirmed: None }
    }

    /// Where the next page is.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// The most rows that a page of this ledger ever had.
    pub(super) const fn fullest(&self) -> usize {
        self.fullest
    }

    /// Takes in the rows of the page at [`Counting::place`].
    pub(super) fn take(&mut self, rows: &[RowName]) -> Step {
        self.fullest = self.fullest.max(rows.len());
        if let Some(unconfirmed) = &mut self.unconfirmed {
            for row in rows {
                unconfirmed.remove(row);
            }
            if unconfirmed.is_empty() {
                return Step::Done;
            }
        }
        if rows.is_empty() {
            return self.end_walk();
        }
        self.walk.add(rows, self.by, self.place.page);
        let offset = self.place.offset.saturating_add(rows.len() as u64);
        let limit = if offset.is_multiple_of(u64::from(self.limit)) { self.limit } else { divisor(offset, self.limit) };
        self.place = Place { page: self.place.page.saturating_add(1), offset, limit };
        Step::GoOn
    }

    /// After an empty page.
    fn end_walk(&mut self) -> Step {
        let walk = std::mem::take(&mut self.walk);
        let is_one_moment = self.place.page <= 2 && walk.first < self.fullest;
        if walk.names.is_empty() || (is_one_moment && !walk.proves_nothing) {
            return Step::Done;
        }
        if self.walks >= WALKS_MAX {
            return Step::Moved;
        }
        self.walks += 1;
        self.unconfirmed = (!walk.proves_nothing).then_some(walk.names);
        self.place = Place::first(self.limit);
        Step::GoOn
    }
}

impl Rows {
    fn add(&mut self, rows: &[RowName], by: CountedBy, page: u32) {
        let before = self.names.len();
        self.names.extend(rows);
        self.proves_nothing |= self.names.len() < before + rows.len();
        match (by, page) {
            (_, 1) => self.first = rows.len(),
            // Where only pages are counted, how many rows lie before one is known by their being alike.
            (CountedBy::Pages, _) => self.proves_nothing |= self.last != self.first || rows.len() > self.first,
            (CountedBy::Rows, _) => {}
        }
        self.last = rows.len();
    }
}

/// The greatest number up to `limit` that divides `offset`. After a page that is shorter than asked for, the next one
/// begins where it ended, since a server may give fewer rows than asked for; and some servers (NetSuite) take only
/// offsets that the limit divides.
fn divisor(offset: u64, limit: u32) -> u32 {
    (1..=limit).rev().find(|number| offset.is_multiple_of(u64::from(*number))).unwrap_or(1)
}

#[cfg(test)]
mod tests;
