//! One reading over HTTP: page after page, each recorded as it comes.

use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::ask::{AskError, Ledger, readable};
use super::page::{PageError, cut};
use super::patience::Patience;
use super::walk::{Walk, WalkError};
use crate::config::HttpPoll;
use crate::net::fetch::Ask;
use crate::observe::poll::document::Document;
use crate::observe::poll::pass::Tally;
use crate::observe::poll::{PollError, Poller};

/// Why a reading over HTTP ends before its end.
#[derive(Debug, thiserror::Error)]
pub(in crate::observe::poll) enum HttpBroken {
    #[error("page {0}: {1}")]
    Ask(u32, AskError),
    #[error("page {0}: {1}")]
    Page(u32, PageError),
    #[error("page {0}: {1}")]
    Walk(u32, WalkError),
    #[error(transparent)]
    Poll(#[from] PollError),
}

impl Poller {
    /// Reads the ledger page by page.
    pub(in crate::observe::poll) async fn read_http(
        &mut self,
        ledger: &Ledger,
        http: &HttpPoll,
        since: Option<Timestamp>,
        tally: &mut Tally,
    ) -> Result<(), HttpBroken> {
        let strip = self.watched.poll.order_key_strip.clone();
        let mut patience = Patience::default();
        let fullest = ledger.fullest.load(Ordering::Relaxed);
        let mut walk = Walk::begin(http, since, fullest).map_err(|error| HttpBroken::Walk(1, error))?;
        while let Some((number, url, body)) = walk.here() {
            let ask = Ask { method: http.method.clone(), url, headers: http.headers.clone(), body };
            let asked = ledger.ask(&ask, &mut patience).await;
            if let Err(AskError::NotNow { retry_after, .. }) = &asked {
                tally.retry_after = *retry_after;
            }
            let fetched = asked.map_err(|error| HttpBroken::Ask(number, error))?;
            tally.skew.see(&fetched);
            readable(&fetched).map_err(|error| HttpBroken::Ask(number, error))?;
            let page = cut(&fetched.body, http).map_err(|error| HttpBroken::Page(number, error))?;
            let read = |raw| Document::read(raw, http, strip.as_deref(), &self.watched.scope);
            let documents = walk.fresh(&page).map(read).collect();
            self.record_batch(number, documents, tally).await?;
            walk.go_on(&page).map_err(|error| HttpBroken::Walk(number, error))?;
            ledger.fullest.fetch_max(walk.fullest(), Ordering::Relaxed);
        }
        Ok(())
    }
}
