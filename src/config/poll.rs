//! `[lane.X.poll]`: where a lane's documents can be read back over HTTP.

use std::time::Duration;

use hyper::Method;

use super::fault::Span;
use super::reader::{At, Value, shown};
use super::secrets::{Header, headers};
use super::urls::{holds, poll_url};
use super::values::{duration, duration_or_zero, inner_pointer, integer, pointer};
use super::{HttpPoll, Poll, PollFrom};
use crate::order::Pointer;

/// Often enough to see a commit within seconds, seldom enough for an ERP's quota.
const EVERY: Duration = Duration::from_secs(5);

/// Commit times and clocks are off by less than this.
pub(super) const OVERLAP: Duration = Duration::from_secs(120);

/// The ledger that is written is the one that is read.
pub(super) const LAG: Duration = Duration::ZERO;

/// Pages of a slow ERP take seconds.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// A thousand documents of 16 KiB.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// An endless `next` ends here.
const PAGES_MAX: u32 = 10_000;

/// Documents that vanish are noticed within the hour; a ledger of a million takes minutes to read.
const WHOLE_EVERY: Duration = Duration::from_secs(3_600);

/// What most APIs give at once.
const LIMIT: u32 = 100;

/// A reading, and a look-up beside it.
const CONCURRENCY: usize = 2;

/// A poll as read.
pub(super) struct PollDraft {
    pub(super) poll: Poll,
    pub(super) headers: Vec<Header>,
    /// Where its URL is.
    pub(super) url_span: Span,
}

pub(super) fn read(value: &Value<'_>) -> Option<PollDraft> {
    let mut table = value.table()?;
    let context = table.context;
    let url = table.need("url", "write url = \"http://…/orders?since={since}&page={page}\"", poll_url);
    let every = table.or("every", EVERY, duration);
    let items = table.or("items", fixed("/items"), pointer);
    let order_key = table.or("order_key", fixed("/external_id"), inner_pointer);
    let order_key_strip = table.get("order_key_strip", prefix).map(|at| at.value);
    let reference = table.or("reference", fixed("/id"), inner_pointer);
    let committed_at = table.get("committed_at", inner_pointer).map(|at| at.value);
    let next = table.get("next", inner_pointer);
    let overlap = table.or("overlap", OVERLAP, duration_or_zero);
    let lag = table.or("lag", LAG, duration_or_zero);
    let answer_wait_max = table.or("answer_wait_max", ANSWER_WAIT_MAX, duration);
    let page_bytes_max = table.or("page_bytes_max", PAGE_BYTES_MAX, integer(1..=1 << 30));
    let pages_max = table.or("pages_max", PAGES_MAX, integer(1..=10_000_000));
    let headers = table.or("headers", Vec::new(), headers);
    table.close();
    let url = url?;
    if let Some(next) = next.as_ref().filter(|_| holds(&url.value, "page")) {
        let what = "pages are followed by `next`, so `{page}` in the url stays 1";
        context.note(
            Some(next.span.clone()),
            what,
            "where the ledger has no `next`, leave it out and pages are counted",
        );
    }
    let http = HttpPoll {
        method: Method::GET,
        url: url.value,
        body: None,
        headers: headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        auth: None,
        items,
        order_key,
        reference,
        committed_at,
        next: next.map(|at: At<Pointer>| at.value),
        limit: LIMIT,
        page_bytes_max,
        pages_max,
        concurrency: CONCURRENCY,
        lookup: None,
    };
    let poll = Poll {
        from: PollFrom::Http(Box::new(http)),
        every,
        whole_every: WHOLE_EVERY,
        order_key_strip,
        overlap,
        lag,
        answer_wait_max,
        cancelled: None,
        allocated: None,
    };
    Some(PollDraft { poll, headers, url_span: url.span })
}

/// A pointer that is known to be one.
#[expect(clippy::expect_used, reason = "only defaults come here, and a test reads them all")]
pub(super) fn fixed(text: &'static str) -> Pointer {
    Pointer::parse(text).expect("the pointers of the defaults are good")
}

fn prefix(value: &Value<'_>) -> Option<String> {
    match value.text()? {
        "" => {
            value.wrong(format!("`{}` is empty", value.name), "write the prefix, such as \"shopify-\", or leave it out")
        }
        text if text.trim() != text => value.wrong(
            format!("`{}`: `{}` begins or ends with a space", value.name, shown(text)),
            "write the prefix without spaces around it: order keys have none",
        ),
        text => Some(text.to_owned()),
    }
}
