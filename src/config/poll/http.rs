//! A poll over HTTP: what is asked for, how pages follow each other, what a single order is looked up with.

use hyper::{Method, Uri};

use super::super::fault::Span;
use super::super::reader::{At, Context, Table, Value, shown};
use super::super::secrets::{Header, headers};
use super::super::tls;
use super::super::urls::{self, LOOKUP, PAGES, Target, holds, same_origin};
use super::super::values::{inner_pointer, integer, pointer};
use super::super::{Auth, HttpPoll};
use super::auth::auth;
use crate::order::Pointer;

/// A thousand documents of 16 KiB.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// An endless `next` ends here.
const PAGES_MAX: u32 = 10_000;

/// What most APIs give at once.
const LIMIT: u32 = 100;

/// A reading, and a look-up beside it.
const CONCURRENCY: usize = 2;

/// The keys of a poll over HTTP that one over SQL hasn't.
pub(super) const KEYS: [&str; 18] = [
    "url",
    "base",
    "path",
    "method",
    "body",
    "headers",
    "auth",
    "items",
    "order_key",
    "reference",
    "committed_at",
    "next",
    "limit",
    "page_bytes_max",
    "pages_max",
    "concurrency",
    "lookup",
    "tls",
];

/// What is asked for.
struct Asked {
    url: At<String>,
    body: Option<String>,
}

pub(super) fn read(table: &mut Table<'_>) -> Option<(HttpPoll, Vec<Header>, Span)> {
    let context = table.context;
    let base = table.get("base", urls::base_url);
    let url = url(table, base.as_ref());
    let lookup = table.get("lookup", |value| lookup(value, base.as_ref()));
    let body = table.get("body", body);
    let method = method(table, body.is_some());
    let headers = table.or("headers", Vec::new(), headers);
    let auth = table.get("auth", auth);
    let items = table.or("items", fixed("/items"), pointer);
    let order_key = table.or("order_key", fixed("/external_id"), inner_pointer);
    let reference = table.or("reference", fixed("/id"), inner_pointer);
    let committed_at = table.get("committed_at", inner_pointer).map(|at| at.value);
    let next = table.get("next", inner_pointer);
    let limit = table.or("limit", LIMIT, integer(1..=100_000));
    let page_bytes_max = table.or("page_bytes_max", PAGE_BYTES_MAX, integer(1..=1 << 30));
    let pages_max = table.or("pages_max", PAGES_MAX, integer(1..=10_000_000));
    let concurrency = table.or("concurrency", CONCURRENCY, integer(1..=1_000));
    let tls = table.get("tls", tls::of_client).map(|at| at.value);
    let asked = Asked { url: url?, body: body.map(|at| at.value) };
    check_next(context, next.as_ref(), &asked);
    check_lookup(context, lookup.as_ref(), &asked.url);
    check_auth(context, auth.as_ref(), &headers, &asked.url);
    let http = HttpPoll {
        method: method?,
        url: asked.url.value,
        body: asked.body,
        headers: headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        auth: auth.map(|at| at.value),
        items,
        order_key,
        reference,
        committed_at,
        tls,
        next: next.map(|at| at.value),
        limit,
        page_bytes_max,
        pages_max,
        concurrency,
        lookup: lookup.map(|at| at.value),
    };
    Some((http, headers, asked.url.span))
}

/// `url`, or `base` with `path` behind it, as profiles have it.
fn url(table: &mut Table<'_>, base: Option<&At<String>>) -> Option<At<String>> {
    const WRITE: &str = "write url = \"http://…/orders?since={since}&page={page}\"";
    const WRITE_BASE: &str = "write base = \"https://…\", which the profile's `path` is appended to, or a whole `url`";
    if !table.has("base") {
        let path = table.value("path");
        let write = if path.is_some() { WRITE_BASE } else { WRITE };
        let url = table.need("url", write, |value| poll_url(value, value.text()?));
        if let Some(path) = path.filter(|_| url.is_some()) {
            path.wrong::<()>(format!("`{}` stands beside `url`", path.name), "write `base` in place of `url`");
        }
        return url;
    }
    if let Some(url) = table.value("url") {
        url.wrong::<()>(format!("`{}` stands beside `base`", url.name), "keep one of them");
    }
    let write = "write path = \"/orders?since={since}\", which is appended to `base`";
    table.need("path", write, |value| {
        let path = from_slash(value)?;
        poll_url(value, &format!("{}{path}", base?.value))
    })
}

fn poll_url(value: &Value<'_>, text: &str) -> Option<String> {
    urls::template_url(value, text, &PAGES)
}

fn from_slash<'a>(value: &Value<'a>) -> Option<&'a str> {
    match value.text()? {
        text if text.starts_with('/') => Some(text),
        text => value.wrong(format!("`{}` must begin with `/`", value.name), format!("write \"/{}\"", shown(text))),
    }
}

/// The URL that looks one order up: whole, or behind `base`.
fn lookup(value: &Value<'_>, base: Option<&At<String>>) -> Option<String> {
    let text = value.text()?;
    let text = match base {
        Some(base) if text.starts_with('/') => format!("{}{text}", base.value),
        _ => text.to_owned(),
    };
    if !holds(&text, "order_key") {
        let what = format!("`{}` has no `{{order_key}}`, so it would look up the same order always", value.name);
        return value.wrong(what, "write it where the order's key belongs, such as \"…?external_id={order_key}\"");
    }
    urls::template_url(value, &text, &LOOKUP)
}

fn body(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    urls::body_placeholders(value, text, &PAGES)?;
    Some(text.to_owned())
}

/// A ledger is only read: other methods could change it.
fn method(table: &mut Table<'_>, has_body: bool) -> Option<Method> {
    let default = if has_body { Method::POST } else { Method::GET };
    let Some(value) = table.value("method") else {
        return Some(default);
    };
    match value.text()? {
        "GET" if has_body => {
            value.wrong(format!("`{}` is GET, which has no body", value.name), "write \"POST\", or take `body` out")
        }
        "GET" => Some(Method::GET),
        "POST" => Some(Method::POST),
        text => value.wrong(
            format!("`{}`: `{}` reads no ledger", value.name, shown(text)),
            "write \"GET\", or \"POST\" where the query is in the body",
        ),
    }
}

fn check_next(context: &Context<'_>, next: Option<&At<Pointer>>, asked: &Asked) {
    let Some(next) = next else {
        return;
    };
    let in_body = |name: &str| asked.body.as_ref().is_some_and(|body| holds(body, name));
    for (name, value) in [("page", "1"), ("offset", "0")] {
        let place = if in_body(name) { "body" } else { "url" };
        if holds(&asked.url.value, name) || in_body(name) {
            let what = format!("pages are followed by `next`, so `{{{name}}}` in the {place} stays {value}");
            let write = "where the ledger has no `next`, leave it out and pages are counted";
            context.note(Some(next.span.clone()), what, write);
        }
    }
    if holds(&asked.url.value, "limit") || in_body("limit") {
        let what = "pages are followed by `next`, so `{limit}` is asked of the first page only";
        context.note(Some(next.span.clone()), what, "the ledger's `next` says how long the other pages are");
    }
}

fn check_lookup(context: &Context<'_>, lookup: Option<&At<String>>, url: &At<String>) {
    if let Some(lookup) = lookup
        && let (Some(one), Some(other)) = (urls::filled(&url.value), urls::filled(&lookup.value))
        && !same_origin(&one, &other)
    {
        let write = "write a url of the same scheme, host and port: the poll's credentials go with it";
        context.fault(Some(lookup.span.clone()), "the look-up leads away from the ledger of the poll", write);
    }
}

/// Whoever listens on the way could read the ledger from then on.
fn check_auth(context: &Context<'_>, auth: Option<&At<Auth>>, headers: &[Header], url: &At<String>) {
    let authorized = headers.iter().any(|header| header.name == hyper::header::AUTHORIZATION);
    if let Some(auth) = auth.filter(|_| authorized) {
        let what = "there are `auth` and a header `authorization`, and only one of them can be sent";
        context.fault(Some(auth.span.clone()), what, "keep one of them");
    }
    let says_who = auth.is_some() || headers.iter().any(Header::is_credential);
    if says_who && urls::filled(&url.value).is_some_and(|uri| is_exposed(&uri)) {
        let what = "the poll's credentials go over plain http to another machine";
        context.warn(Some(url.span.clone()), what, "write the https:// address of the ledger");
    }
}

/// Whether what is sent there can be read on the way.
pub(super) fn is_exposed(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http") && !Target::of(uri).is_loopback()
}

/// A pointer that is known to be one.
#[expect(clippy::expect_used, reason = "only defaults come here, and a test reads them all")]
fn fixed(text: &'static str) -> Pointer {
    Pointer::parse(text).expect("the pointers of the defaults are good")
}
