//! The way through the pages of a reading, and its end.

use std::collections::HashSet;

use hyper::Uri;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::address::{AddressError, filled, resolved, takes_page};
use super::page::Page;
use crate::config::HttpPoll;

/// Where a reading is on its way.
#[derive(Debug)]
pub(in crate::observe::poll) struct Walk<'p> {
    poll: &'p HttpPoll,
    since: Option<Timestamp>,
    /// The page that is read next, counted from 1.
    number: u32,
    /// Its URL; `None`: the last page was read.
    here: Option<Uri>,
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
}

impl<'p> Walk<'p> {
    /// At the first page.
    pub(in crate::observe::poll) fn begin(poll: &'p HttpPoll, since: Option<Timestamp>) -> Result<Self, WalkError> {
        let here = filled(&poll.url, since, 1)?;
        Ok(Self { poll, since, number: 1, seen: HashSet::from([here.clone()]), here: Some(here), last: None })
    }

    /// The page to read; `None` at the end.
    pub(in crate::observe::poll) fn here(&self) -> Option<(u32, Uri)> {
        self.here.clone().map(|here| (self.number, here))
    }

    /// Goes on from a page that was read. `next` wins over `{page}`; with neither, one page is all.
    pub(in crate::observe::poll) fn go_on(&mut self, page: &Page) -> Result<(), WalkError> {
        let Some(here) = self.here.take() else { return Ok(()) };
        let counted = self.poll.next.is_none() && takes_page(&self.poll.url);
        self.turned(page)?;
        let next = match &page.next {
            Some(next) => resolved(&here, next)?,
            None if counted && !page.items.is_empty() => {
                filled(&self.poll.url, self.since, self.number.saturating_add(1))?
            }
            None => return Ok(()),
        };
        if self.number >= self.poll.pages_max {
            return Err(WalkError::TooManyPages(self.poll.pages_max));
        }
        if !self.seen.insert(next.clone()) {
            return Err(WalkError::Loop);
        }
        self.number += 1;
        self.here = Some(next);
        Ok(())
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
