//! `[tee]`: where orders come in, how they are kept, and which are set aside.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::{At, Table, Value};
use super::values::{address, duration, inner_pointer, integer, named, words};
use super::{ClientLimits, Durability, Exclude, Route, Tee, route, tls};
use crate::order::OrderPlaces;

/// Where the storefront posts its orders, unless told otherwise: this machine only.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// The journal's file, in the folder that paritee starts in.
const JOURNAL: &str = "paritee.db";

/// A healthy journal takes a millisecond; what takes longer than this must not hold an order back.
const JOURNAL_WAIT_MAX_MS: u64 = 250;

/// Orders have a few kilobytes; a megabyte is an order of a thousand lines.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Answers are small; of a long one the beginning tells what it is.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Storefronts give up long before, and slow ERPs commit after it.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

/// What supervisors wait before they kill.
const SHUTDOWN_MAX: Duration = Duration::from_secs(10);

/// A storefront has some dozens of connections, and a balancer in front of it some hundreds. Each is some kilobytes here.
const CONNECTIONS_MAX: usize = 4_096;

/// Beyond it the system's own limits come first.
const CONNECTIONS_LIMIT: i64 = 1 << 20;

/// Storefronts send the head of a request at once; what trickles is a fault or an attack.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// A megabyte over the slowest of lines. Who sent the order has given up long before.
const BODY_WAIT_MAX: Duration = Duration::from_secs(60);

/// Bodies are held in memory while they are teed: more than this is no order.
const BYTES_LIMIT: i64 = 256 << 20;

/// Every request is held against each of them in turn.
const ROUTES_MAX: usize = 1_000;

/// `[tee]` as read.
pub(super) struct TeeDraft {
    pub(super) tee: Tee,
    pub(super) listen: At<SocketAddr>,
    pub(super) routes: Vec<At<Route>>,
    /// How long the storefront waits for an answer.
    pub(super) sender_deadline: Option<Duration>,
}

/// `order` is what `[order]` says.
pub(super) fn read(mut table: Table<'_>, order: &OrderPlaces) -> TeeDraft {
    let header = table.span.clone();
    let listen = table.get("listen", address);
    let listen = listen.unwrap_or_else(|| At { value: LISTEN, span: header.clone().unwrap_or_default() });
    let journal = table.or("journal", PathBuf::from(JOURNAL), file);
    let durability = table.or("durability", Durability::BeforeForward, named);
    let journal_wait_max_ms = table.or("journal_wait_max_ms", JOURNAL_WAIT_MAX_MS, integer(1..=60_000));
    let body_bytes_max = table.or("body_bytes_max", BODY_BYTES_MAX, integer(1..=BYTES_LIMIT));
    let answer_bytes_max = table.or("answer_bytes_max", ANSWER_BYTES_MAX, integer(1..=BYTES_LIMIT));
    let answer_wait_max = table.or("answer_wait_max", ANSWER_WAIT_MAX, duration);
    let shutdown_max = table.or("shutdown_max", SHUTDOWN_MAX, duration);
    let clients = ClientLimits {
        connections_max: table.or("connections_max", CONNECTIONS_MAX, integer(1..=CONNECTIONS_LIMIT)),
        head_wait_max: table.or("head_wait_max", HEAD_WAIT_MAX, duration),
        body_wait_max: table.or("body_wait_max", BODY_WAIT_MAX, duration),
    };
    let sender_deadline = table.get("sender_deadline", duration).map(|at| at.value);
    let tls = table.get("tls", tls::of_listener(true)).map(|at| at.value);
    let routes = routes(&mut table, order);
    let excludes = excludes(&mut table);
    table.close();
    let tee = Tee {
        listen: listen.value,
        journal,
        durability,
        journal_wait_max: Duration::from_millis(journal_wait_max_ms),
        body_bytes_max,
        answer_bytes_max,
        answer_wait_max,
        shutdown_max,
        clients,
        routes: routes.iter().map(|route| route.value.clone()).collect(),
        excludes,
        tls,
    };
    TeeDraft { tee, listen, routes, sender_deadline }
}

fn routes(table: &mut Table<'_>, order: &OrderPlaces) -> Vec<At<Route>> {
    const WRITE: &str = "write [[tee.route]] with a path and the order_key, or paritee sees no order";
    let context = table.context;
    let routes = table.need("route", WRITE, |value| {
        if value.is_empty_list() {
            return value.wrong("`tee.route` is empty".to_owned(), WRITE);
        }
        few(value, value.list(|value| route::read(value, order))?)
    });
    let routes = routes.map(|at| at.value).unwrap_or_default();
    route::check_reach(&routes, |span, what, write| context.fault(Some(span), what, write));
    route::check_orders(&routes, |span, what, write| context.fault(Some(span), what, write));
    routes
}

/// `exclude` of `[tee]` or of a route.
pub(super) fn excludes(table: &mut Table<'_>) -> Vec<Exclude> {
    let context = table.context;
    let excludes: Vec<At<Exclude>> = table.or("exclude", Vec::new(), |value| few(value, value.list(exclude)?));
    for (position, later) in excludes.iter().enumerate() {
        let same = |earlier: &At<Exclude>| {
            earlier.value.pointer == later.value.pointer && earlier.value.equals == later.value.equals
        };
        if excludes.iter().take(position).any(same) {
            let what = "this exclusion is never reached: an earlier one has the same pointer and value";
            context.fault(Some(later.span.clone()), what, "take one of them out");
        }
    }
    excludes.into_iter().map(|at| at.value).collect()
}

fn exclude(value: &Value<'_>) -> Option<At<Exclude>> {
    let mut table = value.table()?;
    let pointer = table.need("pointer", "write pointer = \"/test\"", inner_pointer);
    let equals = table.need("equals", "write equals = true, or another value that is set aside", Value::scalar_text);
    let reason = table.need("reason", "write reason = \"test order\": excluded orders are counted by it", words);
    table.close();
    let pointer = pointer?;
    let exclude = Exclude { pointer: pointer.value, equals: equals?.value, reason: reason?.value };
    Some(At { value: exclude, span: pointer.span })
}

fn few<T>(value: &Value<'_>, list: Vec<T>) -> Option<Vec<T>> {
    if list.len() > ROUTES_MAX {
        let write = format!("write at most {ROUTES_MAX}; `*` stands for any segment of a path");
        return value.wrong(format!("there are {} of `{}`", list.len(), value.name), write);
    }
    Some(list)
}

fn file(value: &Value<'_>) -> Option<PathBuf> {
    let text = value.text()?;
    if text.trim().is_empty() || text.ends_with('/') || text.contains('\0') {
        return value.wrong(format!("`{}` names no file", value.name), "write a file's name, such as \"week3.db\"");
    }
    Some(PathBuf::from(text))
}
