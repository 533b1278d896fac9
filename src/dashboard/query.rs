//! What the query of a URL asks for; what it can't mean is an error that says what could be written.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Deserialize;

use crate::audit::live::{By, ExceptionsAsked, OrdersAsked};
use crate::judge::{ExceptionKind, Fate, Owner, Parity};
use crate::outcome::{Lane, Witness};

/// Rows of one page, unless asked for otherwise, and at most.
const ROWS: usize = 50;
const ROWS_MAX: usize = 500;

/// Pages that can be asked for: beyond them a filter is the better way.
const PAGE_MAX: usize = 10_000;

/// The owners as they stand in URLs and in JSON.
const OWNERS: [(&str, Owner); 4] = [
    ("ecommerce", Owner::Ecommerce),
    ("erp_it", Owner::ErpIt),
    ("operations", Owner::Operations),
    ("marketplace", Owner::Marketplace),
];

/// The query of `/orders` and `/v1/orders`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct OrdersQuery {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) fate: String,
    #[serde(default)]
    pub(super) lane: String,
    #[serde(default)]
    pub(super) parity: String,
    #[serde(default)]
    pub(super) owner: String,
    #[serde(default)]
    pub(super) awaited: String,
    #[serde(default)]
    pub(super) page: String,
    #[serde(default)]
    pub(super) rows: String,
}

/// The query of `/exceptions`, `/exceptions.csv` and `/v1/exceptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct ExceptionsQuery {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) owner: String,
    #[serde(default)]
    pub(super) lane: String,
    #[serde(default)]
    pub(super) fate: String,
    #[serde(default)]
    pub(super) show: String,
    #[serde(default)]
    pub(super) by: String,
    #[serde(default)]
    pub(super) turned: String,
    #[serde(default)]
    pub(super) page: String,
    #[serde(default)]
    pub(super) rows: String,
}

/// Why a query can't be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}={value}` is not known; write {write}")]
pub(super) struct QueryError {
    name: &'static str,
    value: String,
    write: String,
}

impl OrdersQuery {
    pub(super) fn asked(&self) -> Result<OrdersAsked, QueryError> {
        let lane = one_of("lane", &self.lane, Lane::ALL)?;
        let (skip, rows) = paged(&self.page, &self.rows)?;
        Ok(OrdersAsked {
            fate: one_of("fate", &self.fate, Fate::ALL)?.map(|fate| (lane, fate)),
            parity: one_of("parity", &self.parity, Parity::ALL)?,
            owner: owner(&self.owner)?,
            awaited: one_of("awaited", &self.awaited, Lane::ALL)?,
            begins: Some(self.q.trim().to_owned()).filter(|q| !q.is_empty()),
            skip,
            rows,
            ..OrdersAsked::default()
        })
    }

    /// The same on another page.
    pub(super) fn at_page(&self, page: usize) -> String {
        let Self { q, fate, lane, parity, owner, awaited, rows, .. } = self;
        let page = page.to_string();
        written(&[
            ("q", q),
            ("fate", fate),
            ("lane", lane),
            ("parity", parity),
            ("owner", owner),
            ("awaited", awaited),
            ("rows", rows),
            ("page", if page == "1" { "" } else { &page }),
        ])
    }
}

impl ExceptionsQuery {
    pub(super) fn asked(&self) -> Result<ExceptionsAsked, QueryError> {
        let (skip, rows) = paged(&self.page, &self.rows)?;
        let kind = Some(self.fate.as_str()).filter(|kind| !kind.is_empty());
        if let Some(unknown) = kind.filter(|kind| ExceptionKind::named(kind).is_none()) {
            let write = "a fate, or one of phantom, missing, round_the_tee, in_doubt, unlisted".to_owned();
            return Err(QueryError { name: "fate", value: unknown.to_owned(), write });
        }
        Ok(ExceptionsAsked {
            owner: owner(&self.owner)?,
            lane: one_of("lane", &self.lane, Witness::ALL)?,
            kind: kind.map(str::to_owned),
            begins: Some(self.q.trim().to_owned()).filter(|q| !q.is_empty()),
            unacknowledged: self.is_open()?,
            by: one_of("by", &self.by, By::ALL)?.unwrap_or_default(),
            turned: flag("turned", &self.turned)?,
            skip,
            rows,
            ..ExceptionsAsked::default()
        })
    }

    /// Whether those that were acknowledged are left out.
    fn is_open(&self) -> Result<bool, QueryError> {
        match self.show.as_str() {
            "" | "all" => Ok(false),
            "open" => Ok(true),
            other => Err(QueryError { name: "show", value: other.to_owned(), write: "all or open".to_owned() }),
        }
    }

    /// The same in another order; the one that it is in already is turned round.
    pub(super) fn by(&self, by: By) -> String {
        let now: By = self.by.parse().unwrap_or_default();
        let turned = if now == by && self.turned.is_empty() { "1" } else { "" };
        self.with(by.as_str(), turned, "")
    }

    /// The same on another page.
    pub(super) fn at_page(&self, page: usize) -> String {
        let page = if page == 1 { String::new() } else { page.to_string() };
        self.with(&self.by, &self.turned, &page)
    }

    fn with(&self, by: &str, turned: &str, page: &str) -> String {
        let Self { q, owner, lane, fate, show, rows, .. } = self;
        written(&[
            ("q", q),
            ("owner", owner),
            ("lane", lane),
            ("fate", fate),
            ("show", show),
            ("by", by),
            ("turned", turned),
            ("rows", rows),
            ("page", page),
        ])
    }
}

/// The page that a number of rows to skip is on, counted from 1.
pub(super) const fn page_of(skip: usize, rows: usize) -> usize {
    match skip.checked_div(rows) {
        Some(before) => before + 1,
        None => 1,
    }
}

/// The name of an owner in URLs and JSON.
pub(super) fn owner_name(owner: Owner) -> &'static str {
    OWNERS.iter().find(|(_, of)| *of == owner).map_or("", |(name, _)| name)
}

fn owner(text: &str) -> Result<Option<Owner>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = OWNERS.iter().find(|(name, _)| *name == text).map(|(_, owner)| *owner);
    found.map(Some).ok_or_else(|| QueryError {
        name: "owner",
        value: text.to_owned(),
        write: OWNERS.map(|(name, _)| name).join(", "),
    })
}

fn one_of<T: FromStr + Copy + ToString>(name: &'static str, text: &str, all: &[T]) -> Result<Option<T>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| QueryError {
        name,
        value: text.to_owned(),
        write: all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    })
}

fn flag(name: &'static str, text: &str) -> Result<bool, QueryError> {
    match text {
        "" | "0" => Ok(false),
        "1" => Ok(true),
        other => Err(QueryError { name, value: other.to_owned(), write: "0 or 1".to_owned() }),
    }
}

/// How many rows come before a page, and how many it has.
fn paged(page: &str, rows: &str) -> Result<(usize, usize), QueryError> {
    let number = |name, text: &str, usual, most| match text {
        "" => Ok(usual),
        text => text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| QueryError {
            name,
            value: text.to_owned(),
            write: format!("1 to {most}"),
        }),
    };
    let rows = number("rows", rows, ROWS, ROWS_MAX)?;
    Ok(((number("page", page, 1, PAGE_MAX)? - 1) * rows, rows))
}

/// A query of those that have a value, with its question mark; nothing where none has.
pub(super) fn written(values: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        let lead = if query.is_empty() { '?' } else { '&' };
        query.push_str(&format!("{lead}{name}={}", escaped(value)));
    }
    query
}

/// Text as it may stand in any part of a URL (RFC 3986, 2.3).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _fits = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_survives_the_way_to_another_page() {
        let query = ExceptionsQuery {
            q: "#10&1=ü".to_owned(),
            owner: "erp_it".to_owned(),
            show: "open".to_owned(),
            by: "age".to_owned(),
            ..ExceptionsQuery::default()
        };
        assert_eq!(query.at_page(3), "?q=%2310%261%3D%C3%BC&owner=erp_it&show=open&by=age&page=3");
        assert_eq!(query.at_page(1), "?q=%2310%261%3D%C3%BC&owner=erp_it&show=open&by=age");
        assert!(query.by(By::Age).ends_with("by=age&turned=1"), "{}", query.by(By::Age));
        let asked = query.asked().unwrap();
        assert_eq!((asked.owner, asked.unacknowledged, asked.by), (Some(Owner::ErpIt), true, By::Age));
        assert_eq!((asked.skip, asked.rows), (0, ROWS));
    }

    #[test]
    fn what_can_not_be_meant_says_what_could_be_written() {
        let wrong = |query: OrdersQuery| query.asked().unwrap_err().to_string();
        let fate = OrdersQuery { fate: "lots".to_owned(), ..OrdersQuery::default() };
        assert!(wrong(fate).starts_with("`fate=lots` is not known; write excluded, leaked,"));
        let rows = OrdersQuery { rows: "501".to_owned(), ..OrdersQuery::default() };
        assert_eq!(wrong(rows), "`rows=501` is not known; write 1 to 500");
        let owner = ExceptionsQuery { owner: "erp".to_owned(), ..ExceptionsQuery::default() };
        let words = owner.asked().unwrap_err().to_string();
        assert_eq!(words, "`owner=erp` is not known; write ecommerce, erp_it, operations, marketplace");
    }
}
