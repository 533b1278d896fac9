//! The way through the pages of a reading, and its end. `next` is taken at its word; pages that are counted are
//! watched for rows that move between them (see `drift`).

use std::collections::HashSet;

use bytes::Bytes;
use hyper::Uri;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::address::{AddressError, filled, filled_body, resolved, takes};
use super::drift::{CountedBy, Counting, Place, RowName, Step, WALKS_MAX};
use super::page::Page;
use crate::config::HttpPoll;

/// Where a reading is on its way.
#[derive(Debug)]
pub(super) struct Walk<'p> {
    poll: &'p HttpPoll,
    since: Option<Timestamp>,
    /// The page that is read next, counted from 1 in each walk.
    number: u32,
    /// Its URL and the body of its request; `None`: the last page was read.
    here: Option<(Uri, Bytes)>,
    /// `None`: `next` leads on, or one page is all.
    counting: Option<Counting>,
    /// Documents of this walk, and those of the walks before.
    names: Vec<RowName>,
    earlier: HashSet<RowName>,
    /// Pages that `next` led to.
    seen: HashSet<Uri>,
    /// Digest of the last page's documents.
    last: Option<[u8; 32]>,
}

/// Why there is no next page, though the end was not reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum WalkError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("`next` leads back to a page that was read already")]
    Loop,
    #[error("it holds the same documents as the page before, so the ledger does not turn pages; check the poll's url")]
    SamePage,
    #[error("there are more pages than pages_max = {0}")]
    TooManyPages(u32),
    #[error(
        "documents moved between the pages in each of {WALKS_MAX} walks over them; have the ledger sort by creation, \
         oldest first, or give larger pages"
    )]
    Moved,
}

impl<'p> Walk<'p> {
    /// At the first page. `fullest` is the most documents that a page of this ledger ever had.
    pub(super) fn begin(poll: &'p HttpPoll, since: Option<Timestamp>, fullest: usize) -> Result<Self, WalkError> {
        let counted_by = match () {
            () if poll.next.is_some() => None,
            () if takes(poll, "{offset}") => Some(CountedBy::Rows),
            () if takes(poll, "{page}") => Some(CountedBy::Pages),
            () => None,
        };
        let counting = counted_by.map(|by| Counting::begin(by, poll.limit.max(1), fullest));
        let (names, earlier, seen) = (Vec::new(), HashSet::new(), HashSet::new());
        let mut walk = Self { poll, since, number: 1, here: None, counting, names, earlier, seen, last: None };
        let (first, body) = walk.counted(Place::first(poll.limit.max(1)))?;
        walk.seen.insert(first.clone());
        walk.here = Some((first, body));
        Ok(walk)
    }

    /// The page to read, and the request's URL and body; `None` at the end.
    pub(super) fn here(&self) -> Option<(u32, Uri, Bytes)> {
        self.here.clone().map(|(url, body)| (self.number, url, body))
    }

    /// The most documents that a page of this ledger ever had, as far as that matters.
    pub(super) fn fullest(&self) -> usize {
        self.counting.as_ref().map_or(0, Counting::fullest)
    }

    /// The documents of a page, but those that an earlier walk of this reading has seen: they may have been changed
    /// since, and are no second documents.
    pub(super) fn fresh<'a>(&self, page: &'a Page) -> impl Iterator<Item = &'a Bytes> {
        let names = page.names.iter().map(Some).chain(std::iter::repeat(None));
        let is_fresh = |name: Option<&RowName>| name.is_none_or(|name| !self.earlier.contains(name));
        page.items.iter().zip(names).filter(move |(_, name)| is_fresh(*name)).map(|(item, _)| item)
    }

    /// Goes on from a page that was read.
    pub(super) fn go_on(&mut self, page: &Page) -> Result<(), WalkError> {
        let Some((here, _)) = self.here.take() else { return Ok(()) };
        self.turned(page)?;
        let Some(counting) = &mut self.counting else { return self.follow(&here, page) };
        match counting.take(&page.names) {
            Step::Done => return Ok(()),
            Step::Moved => return Err(WalkError::Moved),
            Step::GoOn => {}
        }
        let place = counting.place();
        if place.page > self.poll.pages_max {
            return Err(WalkError::TooManyPages(self.poll.pages_max));
        }
        self.names.extend(&page.names);
        if place.page == 1 {
            self.last = None;
            self.earlier.extend(self.names.drain(..));
        }
        self.number = place.page;
        self.here = Some(self.counted(place)?);
        Ok(())
    }

    /// Goes where `next` leads.
    fn follow(&mut self, here: &Uri, page: &Page) -> Result<(), WalkError> {
        let Some(next) = &page.next else { return Ok(()) };
        let next = resolved(here, next)?;
        if self.number >= self.poll.pages_max {
            return Err(WalkError::TooManyPages(self.poll.pages_max));
        }
        if !self.seen.insert(next.clone()) {
            return Err(WalkError::Loop);
        }
        self.number += 1;
        let before = u64::from(self.number - 1).saturating_mul(self.poll.limit.into());
        let place = Place { page: self.number, offset: before, limit: self.poll.limit };
        self.here = Some((next, filled_body(self.poll, self.since, place)));
        Ok(())
    }

    fn counted(&self, place: Place) -> Result<(Uri, Bytes), WalkError> {
        Ok((filled(self.poll, self.since, place)?, filled_body(self.poll, self.since, place)))
    }

    /// A page that repeats the one before it: a server that ignores the page's number would be asked for ever.
    fn turned(&mut self, page: &Page) -> Result<(), WalkError> {
        let digest = (!page.items.is_empty()).then(|| Sha256::digest(&page.array).into());
        if digest.is_some() && self.last == digest {
            return Err(WalkError::SamePage);
        }
        self.last = digest;
        Ok(())
    }
}
