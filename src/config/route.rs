//! `[[tee.route]]`: which requests are orders, what they do, and where the order key is.

use hyper::Method;

use super::fault::Span;
use super::profiles::{self, PROFILE};
use super::reader::{At, Table, Value, nearest, quoted, shown};
use super::secrets::secret_as_written;
use super::tee::excludes;
use super::values::{header_name, inner_pointer, key_sources, named, some_key_sources};
use super::{KeySource, OperationRule, Route, SignatureRule, places};
use crate::order::OrderPlaces;
use crate::outcome::Operation;

/// The methods that a storefront could post orders with.
const METHODS: [&str; 7] = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD", "OPTIONS"];

/// The key of an operation rule, or of a signature, that names the header.
const HEADER: &str = "header";

/// The key of an operation rule that names the place in the body.
const POINTER: &str = "pointer";

/// `order` is what `[order]` says.
pub(super) fn read(value: &Value<'_>, order: &OrderPlaces) -> Option<At<Route>> {
    let mut table = value.table()?;
    table.get(PROFILE, profiles::of_route);
    let method = table.get("method", method).map(|at| at.value);
    let path = table.need("path", "write path = \"/webhooks/orders\"", path);
    let operation = table.or("operation", OperationRule::Always(Operation::Create), operation);
    let order_key = order_key(&mut table, &operation);
    let also_known_as = table.or("also_known_as", Vec::new(), some_key_sources);
    let event_id = table.or("event_id", Vec::new(), some_key_sources);
    let delivery_id = table.or("delivery_id", Vec::new(), some_key_sources);
    let signature = table.get("signature", signature).map(|at| at.value);
    let excludes = excludes(&mut table);
    let order = table.or("order", order.clone(), |value| places::over_or_none(value, order));
    table.close();
    let path = path?;
    let route = Route {
        method,
        path: path.value,
        operation,
        order_key,
        also_known_as,
        event_id,
        delivery_id,
        signature,
        excludes,
        order,
    };
    Some(At { value: route, span: path.span })
}

fn order_key(table: &mut Table<'_>, operation: &OperationRule) -> Vec<KeySource> {
    const WRITE: &str = "write order_key = [\"/id\"], with the place of the order's id in the body";
    if operation.may(Operation::Create) {
        return table.need("order_key", WRITE, key_sources).map(|at| at.value).unwrap_or_default();
    }
    let keys = table.get("order_key", key_sources);
    if keys.is_none() && (operation.may(Operation::Update) || operation.may(Operation::Cancel)) {
        let what = "`tee.route` has no `order_key`, so its updates and cancels belong to no order";
        table.context.warn(table.span.clone(), what, WRITE);
    }
    keys.map(|at| at.value).unwrap_or_default()
}

fn method(value: &Value<'_>) -> Option<Method> {
    let text = value.text()?;
    if METHODS.contains(&text) {
        return text.parse().ok();
    }
    let upper = text.to_ascii_uppercase();
    let write = match nearest(&upper, &METHODS) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of {}, or leave `method` out for any", quoted(&METHODS)),
    };
    value.wrong(format!("`{}`: `{}` is no method that orders come with", value.name, shown(text)), write)
}

fn path(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let name = &value.name;
    let Some(rest) = text.strip_prefix('/') else {
        return value.wrong(format!("`{name}` must begin with `/`"), format!("write \"/{}\"", shown(text)));
    };
    if text.contains(['?', '#']) || text.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        let write = "write the path alone, without query, `#` and spaces; queries don't matter to a route";
        return value.wrong(format!("`{name}` is more than a path"), write);
    }
    let segments: Vec<&str> = rest.split('/').collect();
    let last = segments.len() - 1;
    for (position, segment) in segments.iter().enumerate() {
        match *segment {
            "**" if position < last => {
                let write = "write `**` at the end only, or `*` for one segment";
                return value.wrong(format!("`{name}` has `**` before its end"), write);
            }
            "**" => {}
            segment if segment.strip_suffix('*').unwrap_or(segment).contains('*') => {
                let write = "write `*` for a segment or its end, or `**` at the end for any rest";
                return value.wrong(format!("`{name}` has a `*` inside a segment"), write);
            }
            _ => {}
        }
    }
    Some(text.to_owned())
}

/// `"create"`, or `{ header = "X-Topic", … }`, or `{ pointer = "/scope", … }`
fn operation(value: &Value<'_>) -> Option<OperationRule> {
    if !value.is_table() {
        return named(value).map(OperationRule::Always);
    }
    let mut table = value.table()?;
    if table.has(POINTER) {
        if let Some(header) = table.value(HEADER) {
            header.wrong::<()>(format!("`{}` stands beside `{POINTER}`", header.name), "keep one of them");
        }
        let pointer = table.get(POINTER, inner_pointer);
        let values = operations(value, &mut table);
        return Some(OperationRule::ByPointer { pointer: pointer?.value, values });
    }
    let write = "write header = \"X-Shopify-Topic\", or pointer = \"/scope\" where the body says it";
    let name = table.need(HEADER, write, |value| header_name(value, value.text()?));
    let values = operations(value, &mut table);
    Some(OperationRule::ByHeader { name: name?.value, values })
}

/// What each value means.
fn operations(value: &Value<'_>, table: &mut Table<'_>) -> Vec<(String, Operation)> {
    let entries = table.entries(&[HEADER, POINTER]);
    if entries.is_empty() {
        let write = "write each value with what it means, such as \"orders/create\" = \"create\"";
        value.wrong::<()>(format!("`{}` names no value", value.name), write);
    }
    let read = |(key, value): (At<&str>, Value<'_>)| Some((key.value.to_owned(), named(&value)?));
    entries.into_iter().filter_map(read).collect()
}

/// `{ header = "X-Shopify-Hmac-Sha256", secret = "env:NAME" }`
pub(super) fn signature(value: &Value<'_>) -> Option<SignatureRule> {
    let mut table = value.table()?;
    let write = "write header = \"X-Shopify-Hmac-Sha256\", the header that bears the signature";
    let header = table.need(HEADER, write, |value| header_name(value, value.text()?));
    let write = "write secret = \"env:NAME\", what the sender signs with";
    let secret = table.need("secret", write, secret_as_written);
    table.close();
    Some(SignatureRule { header: header?.value, secret: secret?.value })
}

/// Reports every route that an earlier one leaves nothing to match.
pub(super) fn check_reach(routes: &[At<Route>], report: impl Fn(Span, String, String)) {
    for (position, later) in routes.iter().enumerate() {
        let covers = |earlier: &&At<Route>| covers(&earlier.value, &later.value);
        if let Some(earlier) = routes.iter().take(position).find(covers) {
            let what = format!("this route is never reached: the earlier one for `{}` takes all", earlier.value.path);
            report(later.span.clone(), what, "put it before the other one, or take it out".to_owned());
        }
    }
}

/// A payload is known by the path of its route alone, so that routes of one path have to agree on what stands where in it.
pub(super) fn check_orders(routes: &[At<Route>], report: impl Fn(Span, String, String)) {
    let telling: Vec<&At<Route>> = routes.iter().filter(|at| at.value.tells_order()).collect();
    for (position, later) in telling.iter().enumerate() {
        let differs =
            |earlier: &&&At<Route>| earlier.value.path == later.value.path && earlier.value.order != later.value.order;
        if telling.iter().take(position).any(|earlier| differs(&earlier)) {
            let what = format!(
                "an earlier route for `{}` has lines and money at other places, and payloads are told apart by the path alone",
                later.value.path
            );
            report(later.span.clone(), what, "write the same `order` in both, or none".to_owned());
        }
    }
}

/// Whether `earlier` matches whatever `later` matches.
fn covers(earlier: &Route, later: &Route) -> bool {
    let methods = earlier.method.is_none() || earlier.method == later.method;
    methods && path_covers(&earlier.path, &later.path)
}

/// Both are read as the tee matches them: `*` is one or more letters at the end of a segment, `**` any
/// rest, the empty one included.
fn path_covers(earlier: &str, later: &str) -> bool {
    let (mut earlier, mut later) = (earlier.split('/'), later.split('/'));
    loop {
        match (earlier.next(), later.next()) {
            (None, None) | (Some("**"), _) => return true,
            (Some(left), Some(right)) if segment_covers(left, right) => {}
            _ => return false,
        }
    }
}

fn segment_covers(earlier: &str, later: &str) -> bool {
    match (earlier.strip_suffix('*'), later.strip_suffix('*')) {
        (_, Some("*")) => false,
        (Some(left), Some(right)) => right.starts_with(left),
        (Some(left), None) => later.starts_with(left) && later.len() > left.len(),
        (None, _) => earlier == later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_it_matches_and_nothing_else() {
        for (earlier, later, covered) in [
            ("/orders", "/orders", true),
            ("/orders/*", "/orders/1", true),
            ("/orders/*", "/orders/*", true),
            ("/**", "/orders/1", true),
            ("/orders/**", "/orders/*/lines", true),
            ("/orders/**", "/orders/**", true),
            ("/orders/1", "/orders/*", false),
            ("/orders/*", "/orders/**", false),
            ("/orders/*", "/orders/1/lines", false),
            ("/orders/*", "/orders", false),
            ("/orders/*", "/orders/", false),
            ("/orders/**", "/orders", true),
            ("/orders/**", "/order", false),
            ("/orders-*", "/orders-new", true),
            ("/orders-*", "/orders-new*", true),
            ("/orders-*", "/orders-", false),
            ("/orders-*", "/*", false),
            ("/*", "/orders-*", true),
            ("/*", "/**", false),
            ("/a/*", "/b/*", false),
        ] {
            assert_eq!(path_covers(earlier, later), covered, "{earlier} {later}");
        }
    }
}
