//! What only an HTTP API has: requests and their budget, URLs, pages, and the way through them.

mod address;
mod ask;
mod drift;
mod lookup;
mod page;
mod patience;
mod read;
mod walk;

pub(super) use address::takes_since;
pub(super) use ask::Ledger;
pub(super) use lookup::Reads;
pub(super) use read::HttpBroken;

/// A poll that only a test would have.
#[cfg(test)]
pub(super) fn poll_of(url: &str) -> crate::config::HttpPoll {
    let pointer = crate::observe::poll::tests::pointer;
    crate::config::HttpPoll {
        method: hyper::Method::GET,
        url: url.into(),
        body: None,
        headers: Vec::new(),
        auth: None,
        items: pointer("/items"),
        order_key: pointer("/external_id"),
        reference: pointer("/id"),
        committed_at: Some(pointer("/created_at")),
        next: None,
        limit: 100,
        page_bytes_max: 1 << 20,
        pages_max: 50,
        concurrency: 2,
        tls: None,
        lookup: None,
    }
}
