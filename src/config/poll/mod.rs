//! `[lane.X.poll]`: where a lane's documents can be read back, again and again: over HTTP, or from a database.

mod auth;
mod http;
mod sql;

use std::time::Duration;

use super::fault::Span;
use super::matches::{allocated, matches};
use super::reader::{Context, Table, Value, shown};
use super::secrets::Header;
use super::urls::percent_encoded;
use super::values::{duration, duration_or_zero};
use super::{Allocated, Matches, Poll, PollFrom};

/// Often enough to see a commit within seconds, seldom enough for an ERP's quota.
const EVERY: Duration = Duration::from_secs(5);

/// Commit times and clocks are off by less than this.
pub(super) const OVERLAP: Duration = Duration::from_secs(120);

/// The ledger that is written is the one that is read.
pub(super) const LAG: Duration = Duration::ZERO;

/// Pages of a slow ERP take seconds.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// Documents that vanish are noticed within the hour; a ledger of a million takes minutes to read.
const WHOLE_EVERY: Duration = Duration::from_secs(3_600);

/// A poll as read.
pub(super) struct PollDraft {
    pub(super) poll: Poll,
    pub(super) headers: Vec<Header>,
    /// Where it says what it reads: its URL, or its query.
    pub(super) place: Span,
}

/// What both kinds of polls have.
struct Shared {
    every: Duration,
    whole_every: Duration,
    order_key_strip: Option<String>,
    overlap: Duration,
    lag: Duration,
    answer_wait_max: Duration,
    cancelled: Option<Matches>,
    allocated: Option<Allocated>,
}

pub(super) fn read(value: &Value<'_>) -> Option<PollDraft> {
    let mut table = value.table()?;
    let table_context = table.context;
    let shared = shared(&mut table);
    let read = if table.has("sql") || table.has("database") {
        sql::read(&mut table).map(|(sql, place)| (PollFrom::Sql(Box::new(sql)), Vec::new(), place))
    } else {
        http::read(&mut table).map(|(http, headers, place)| (PollFrom::Http(Box::new(http)), headers, place))
    };
    let lookup = table.value("lookup").map(|value| value.span);
    table.close();
    let (from, headers, place) = read?;
    check_prefix(table_context, lookup, &from, shared.order_key_strip.as_deref());
    let poll = Poll {
        from,
        every: shared.every,
        whole_every: shared.whole_every,
        order_key_strip: shared.order_key_strip,
        overlap: shared.overlap,
        lag: shared.lag,
        answer_wait_max: shared.answer_wait_max,
        cancelled: shared.cancelled,
        allocated: shared.allocated,
    };
    Some(PollDraft { poll, headers, place })
}

/// A ledger that stores names behind a prefix has no document under the bare one: each look-up would find nothing, which
/// counts as evidence.
fn check_prefix(context: &Context<'_>, lookup: Option<Span>, from: &PollFrom, strip: Option<&str>) {
    let PollFrom::Http(http) = from else { return };
    let (Some(url), Some(strip)) = (&http.lookup, strip) else { return };
    let before = url.split("{order_key}").next().unwrap_or_default();
    let encoded = percent_encoded(strip);
    if !before.ends_with(strip) && !before.ends_with(&encoded) {
        let what =
            format!("the look-up asks for bare order keys, and this ledger stores them behind `{}`", shown(strip));
        context.fault(lookup, what, format!("write it into the url, as {}{{order_key}}", shown(&encoded)));
    }
}

fn shared(table: &mut Table<'_>) -> Shared {
    Shared {
        every: table.or("every", EVERY, duration),
        whole_every: table.or("whole_every", WHOLE_EVERY, duration),
        order_key_strip: table.get("order_key_strip", prefix).map(|at| at.value),
        overlap: table.or("overlap", OVERLAP, duration_or_zero),
        lag: table.or("lag", LAG, duration_or_zero),
        answer_wait_max: table.or("answer_wait_max", ANSWER_WAIT_MAX, duration),
        cancelled: table.get("cancelled", matches).map(|at| at.value),
        allocated: table.get("allocated", allocated).map(|at| at.value),
    }
}

/// A prefix that is taken off order keys.
pub(super) fn prefix(value: &Value<'_>) -> Option<String> {
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
