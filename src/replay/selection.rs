//! Which requests of the files are replayed, in which order: those on a route, whole, within the times and the number asked for.

use std::str::FromStr as _;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Uri};
use jiff::Timestamp;

use super::files::{Captures, FileSeen, FromFile};
use super::formats::CaptureError;
use super::omitted::{Omissions, Omitted};
use super::sorted::Sorted;
use crate::config::Route;
use crate::intake::Routes;
use crate::judge::Counts;

/// Most header fields of a request: servers take a hundred or so.
const FIELDS_MAX: usize = 1_000;

/// Which requests are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Captured then or later; `None`: from the first.
    pub from: Option<Timestamp>,
    /// Captured before then; `None`: to the last.
    pub until: Option<Timestamp>,
    /// So many on a route at most; `None`: all. What comes behind them is not read.
    pub limit: Option<u64>,
}

/// A request that is to be replayed.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The request.
    pub request: FromFile,
    /// The route that it is on.
    pub route: Arc<Route>,
}

/// Reads files and chooses: an iterator over what is replayed, in the order of the plan.
#[derive(Debug)]
pub struct Selector {
    sorted: Sorted<Captures>,
    routes: Routes,
    selection: Selection,
    chosen: u64,
    omissions: Omissions,
}

impl Selector {
    /// Chooses from these files.
    #[must_use]
    pub fn new(captures: Captures, routes: Routes, selection: Selection) -> Self {
        Self { sorted: Sorted::new(captures), routes, selection, chosen: 0, omissions: Omissions::default() }
    }

    /// What was read so far, and what of it is left out: pieces that could not be read as well, each of which may have been a request.
    #[must_use]
    pub fn omissions(&self) -> Omissions {
        let mut omissions = self.omissions.clone();
        let unread = self.sorted.inner().unread();
        if unread > 0 {
            omissions.read += unread;
            omissions.counts.insert(Counts::UNREAD.to_owned(), unread);
        }
        omissions
    }

    /// Requests that stand too far from their place in time to be put there.
    #[must_use]
    pub const fn displaced(&self) -> u64 {
        self.sorted.displaced()
    }

    /// The files, as far as they were read.
    #[must_use]
    pub fn files(&self) -> Vec<FileSeen> {
        self.sorted.inner().seen()
    }

    fn choose(&self, request: &FromFile) -> Result<Arc<Route>, Omitted> {
        let record = &request.record;
        let (Ok(method), Ok(target)) = (Method::from_str(&record.method), Uri::from_str(&record.target)) else {
            return Err(Omitted::NotHttp);
        };
        let is_too_many = record.headers.len() > FIELDS_MAX;
        if is_too_many || !target.path().starts_with('/') || !record.headers.iter().all(is_sendable) {
            return Err(Omitted::NotHttp);
        }
        let route = self.routes.find(&method, target.path()).ok_or(Omitted::NoRoute)?;
        match (self.selection.from, self.selection.until, record.at) {
            (None, None, _) => {}
            (_, _, None) => return Err(Omitted::NoTime),
            (Some(from), _, Some(at)) if at < from => return Err(Omitted::Before),
            (_, Some(until), Some(at)) if at >= until => return Err(Omitted::After),
            _ => {}
        }
        match record.incomplete {
            Some(why) => Err(Omitted::NotWhole(why)),
            None => Ok(Arc::clone(route)),
        }
    }
}

fn is_sendable((name, value): &(String, Bytes)) -> bool {
    HeaderName::try_from(name).is_ok() && HeaderValue::from_bytes(value).is_ok()
}

impl Iterator for Selector {
    type Item = Result<Chosen, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.selection.limit.is_none_or(|limit| self.chosen < limit) {
            let request = match self.sorted.next()? {
                Ok(request) => request,
                Err(error) => return Some(Err(error)),
            };
            self.omissions.read += 1;
            match self.choose(&request) {
                Ok(route) => {
                    self.chosen += 1;
                    return Some(Ok(Chosen { request, route }));
                }
                Err(omitted) => self.omissions.add(&request, omitted),
            }
        }
        None
    }
}
