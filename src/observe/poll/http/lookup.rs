//! One order, looked up by its names. Only an answer that surely says so means that there is no document.

use hyper::StatusCode;

use super::address::{AddressError, lookup};
use super::ask::{AskError, Ledger, readable};
use super::page::{PageError, cut, is_html};
use super::patience::Patience;
use crate::config::HttpPoll;
use crate::net::fetch::Ask;
use crate::observe::poll::document::{Document, DocumentError, Read};
use crate::order::OrderKey;
use crate::outcome::Scope;

/// Why a look-up says nothing.
#[derive(Debug, thiserror::Error)]
pub(in crate::observe::poll) enum LookupError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error("the answer goes on to another page; have `lookup` ask for one order only")]
    Pages,
    #[error("none of the {0} documents in the answer is of this order; check the poll's `lookup`")]
    OfOthers(usize),
}

/// How documents of a ledger are read.
#[derive(Clone, Debug)]
pub(in crate::observe::poll) struct Reads {
    pub(in crate::observe::poll) http: HttpPoll,
    pub(in crate::observe::poll) strip: Option<String>,
    pub(in crate::observe::poll) scope: Scope,
}

impl Ledger {
    /// The documents under these names of one order.
    pub(in crate::observe::poll) async fn look_up(
        &self,
        reads: &Reads,
        template: &str,
        names: &[OrderKey],
    ) -> Result<Vec<Document>, LookupError> {
        let mut patience = Patience::default();
        let mut found: Vec<Document> = Vec::new();
        for name in names {
            let url = lookup(template, name.as_str())?;
            let fetched = self.ask(&Ask::get(url, reads.http.headers.clone()), &mut patience).await?;
            if fetched.status == StatusCode::NOT_FOUND && !is_html(&fetched.body) {
                continue;
            }
            readable(&fetched)?;
            let page = cut(&fetched.body, &reads.http)?;
            let (of_it, others) = of_order(&page.items, reads, names)?;
            if of_it.is_empty() && others > 0 {
                return Err(LookupError::OfOthers(others));
            }
            if page.next.is_some() {
                return Err(LookupError::Pages);
            }
            found.extend(of_it);
        }
        Ok(found)
    }
}

/// The documents that bear one of the order's names, and how many do not.
fn of_order(
    items: &[bytes::Bytes],
    reads: &Reads,
    names: &[OrderKey],
) -> Result<(Vec<Document>, usize), DocumentError> {
    let (mut of_it, mut others) = (Vec::new(), 0);
    for item in items {
        match Document::read(item, &reads.http, reads.strip.as_deref(), &reads.scope)? {
            Read::Document(document) if names.contains(&document.order_key) => of_it.push(document),
            _ => others += 1,
        }
    }
    Ok((of_it, others))
}
