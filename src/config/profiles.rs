//! Vendor profiles: data that is merged underneath what is written. An own key wins, tables merge, lists are
//! replaced; a value that a profile brings stands where `profile = …` stands. This file knows which tables are
//! alternatives, and nothing of vendors.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Span;
use super::reader::{Value, nearest, quoted, shown};

/// Storefronts, for `[[tee.route]]`.
const ROUTES: [(&str, &str); 3] = [
    ("shopify", include_str!("profiles/shopify.toml")),
    ("woocommerce", include_str!("profiles/woocommerce.toml")),
    ("bigcommerce", include_str!("profiles/bigcommerce.toml")),
];

/// ERPs, for `[lane.X]`.
const LANES: [(&str, &str); 3] = [
    ("netsuite", include_str!("profiles/netsuite.toml")),
    ("sap-s4", include_str!("profiles/sap-s4.toml")),
    ("business-central", include_str!("profiles/business-central.toml")),
];

/// The key that names a profile.
pub(super) const PROFILE: &str = "profile";

/// What says how a shadow is fed, and does nothing on a live lane.
const SHADOW_KEYS: [&str; 2] = ["concurrency", "answer_wait_max"];

/// What a poll with a whole `url` asks is its own affair; a profile then says only how answers are read.
const ASKING_KEYS: [&str; 5] = ["path", "lookup", "method", "headers", "body"];

/// Whether `profile = …` of a route names one.
pub(super) fn of_route(value: &Value<'_>) -> Option<()> {
    known(value, &ROUTES.map(|(name, _)| name), &LANES.map(|(name, _)| name), "lane")
}

/// Whether `profile = …` of a lane names one.
pub(super) fn of_lane(value: &Value<'_>) -> Option<()> {
    known(value, &LANES.map(|(name, _)| name), &ROUTES.map(|(name, _)| name), "route")
}

fn known(value: &Value<'_>, names: &[&str], others: &[&str], other: &str) -> Option<()> {
    let text = value.text()?;
    if names.contains(&text) {
        return Some(());
    }
    let what = format!("`{}`: there is no profile `{}` for this", value.name, shown(text));
    if others.contains(&text) {
        return value.wrong(what, format!("it is one for a {other}; here there are {}", quoted(names)));
    }
    let write = nearest(text, names).map(|near| format!("did you mean `{near}`?"));
    value.wrong(what, write.unwrap_or_else(|| format!("there are {}", quoted(names))))
}

/// Merges every profile that is named underneath the table that names it. Unknown ones are left to the readers.
pub(super) fn merge(root: &mut DeTable<'_>) {
    let order: Vec<String> = table(root, "order").map(|order| keys(order)).unwrap_or_default();
    let Some(tee) = table(root, "tee") else {
        return lanes(root);
    };
    let mut of_tee = Vec::new();
    if let Some(DeValue::Array(routes)) = tee.get_mut("route").map(Spanned::get_mut) {
        for route in routes.iter_mut() {
            let DeValue::Table(route) = route.get_mut() else { continue };
            let Some((mut profile, span)) = named(route, &ROUTES) else { continue };
            if let Some(own) = table(&mut profile, "route") {
                for_route(own, route, &order);
                underneath(route, own, &span);
            }
            of_tee.extend(profile.remove("tee").map(|tee| (tee, span)));
        }
    }
    for (from_profile, span) in of_tee {
        if let DeValue::Table(mut from_profile) = from_profile.into_inner() {
            underneath(tee, &mut from_profile, &span);
        }
    }
    lanes(root);
}

fn lanes(root: &mut DeTable<'_>) {
    let Some(lanes) = table(root, "lane") else { return };
    for name in ["legacy", "gated"] {
        let Some(lane) = table(lanes, name) else { continue };
        let Some((mut profile, span)) = named(lane, &LANES) else { continue };
        if let Some(own) = table(&mut profile, "lane") {
            for_lane(own, lane, name);
            underneath(lane, own, &span);
        }
    }
}

/// The profile that a table names, and where it does.
fn named(own: &DeTable<'_>, profiles: &[(&str, &'static str)]) -> Option<(DeTable<'static>, Span)> {
    let value = own.get(PROFILE)?;
    let name = value.get_ref().as_str()?;
    let (_, text) = profiles.iter().find(|(known, _)| *known == name)?;
    Some((DeTable::parse(text).ok()?.into_inner(), value.span()))
}

/// Takes out of a profile what this route wants otherwise as a whole.
fn for_route(profile: &mut DeTable<'_>, own: &mut DeTable<'_>, order: &[String]) {
    // A header alone checks nothing; it waits for a secret.
    if !own.contains_key("signature") {
        profile.remove("signature");
    }
    let has_place =
        table(own, "operation").is_some_and(|own| own.contains_key("header") || own.contains_key("pointer"));
    if has_place {
        profile.remove("operation");
    }
    // `[order]` is written by the same hand as the route, and comes before any profile.
    if let Some(places) = table(profile, "order") {
        order.iter().for_each(|key| drop(places.remove(key.as_str())));
    }
}

/// Takes out of a profile what this lane wants otherwise as a whole.
fn for_lane(profile: &mut DeTable<'_>, own: &mut DeTable<'_>, name: &str) {
    let role = own.get("role").and_then(|role| role.get_ref().as_str()).map(str::to_owned);
    if role.as_deref().unwrap_or(if name == "legacy" { "live" } else { "shadow" }) == "live" {
        SHADOW_KEYS.iter().for_each(|key| drop(profile.remove(*key)));
    }
    let Some(own) = table(own, "poll") else {
        profile.remove("poll");
        return;
    };
    // What a query selects has places of its own.
    if own.contains_key("sql") || own.contains_key("database") {
        profile.remove("poll");
        profile.remove("document");
        return;
    }
    let Some(poll) = table(profile, "poll") else { return };
    if own.contains_key("url") {
        ASKING_KEYS.iter().for_each(|key| drop(poll.remove(*key)));
    }
    for key in ["cancelled", "allocated"] {
        if own.contains_key(key) {
            poll.remove(key);
        }
    }
    // Case makes no difference in the names of headers.
    let own_headers = table(own, "headers").map(|headers| keys(headers)).unwrap_or_default();
    if let Some(headers) = table(poll, "headers") {
        let twice = |name: &String| own_headers.iter().any(|own| own.eq_ignore_ascii_case(name));
        keys(headers).into_iter().filter(twice).for_each(|name| drop(headers.remove(name.as_str())));
    }
}

/// Moves what `own` hasn't out of `profile`.
fn underneath<'t>(own: &mut DeTable<'t>, profile: &mut DeTable<'t>, span: &Span) {
    for (key, value) in std::mem::take(profile) {
        match (own.get_mut(&**key.get_ref()).map(Spanned::get_mut), value.into_inner()) {
            (None, value) => drop(own.insert(Spanned::new(span.clone(), key.into_inner()), placed(value, span))),
            (Some(DeValue::Table(own)), DeValue::Table(mut profile)) => underneath(own, &mut profile, span),
            (Some(_), _) => {}
        }
    }
}

/// A value with everything in it, standing at `span`.
fn placed<'t>(value: DeValue<'t>, span: &Span) -> Spanned<DeValue<'t>> {
    let value = match value {
        DeValue::Table(table) => {
            let members = table
                .into_iter()
                .map(|(key, value)| (Spanned::new(span.clone(), key.into_inner()), placed(value.into_inner(), span)));
            DeValue::Table(members.collect())
        }
        DeValue::Array(mut items) => {
            for item in items.iter_mut() {
                let value = std::mem::replace(item.get_mut(), DeValue::Boolean(false));
                *item = placed(value, span);
            }
            DeValue::Array(items)
        }
        scalar => scalar,
    };
    Spanned::new(span.clone(), value)
}

fn table<'a, 't>(own: &'a mut DeTable<'t>, key: &str) -> Option<&'a mut DeTable<'t>> {
    match own.get_mut(key).map(Spanned::get_mut) {
        Some(DeValue::Table(table)) => Some(table),
        _ => None,
    }
}

fn keys(own: &DeTable<'_>) -> Vec<String> {
    own.keys().map(|key| key.get_ref().to_string()).collect()
}
