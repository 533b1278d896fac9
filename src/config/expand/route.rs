//! `[[tee.route]]` written out.

use super::super::{KeySource, OperationRule, Route, SignatureRule};
use super::places;
use super::toml::{Toml, inline, member, quoted};
use crate::outcome::Operation;

pub(super) fn route(toml: &mut Toml, route: &Route) {
    toml.header("[[tee.route]]");
    route.method.iter().for_each(|method| toml.text("method", method));
    toml.text("path", &route.path);
    match &route.operation {
        OperationRule::Always(operation) => toml.text("operation", operation),
        OperationRule::ByHeader { name, values } => toml.raw("operation", by(member("header", name), values)),
        OperationRule::ByPointer { pointer, values } => toml.raw("operation", by(member("pointer", pointer), values)),
    }
    let mut keys = |key: &str, sources: &[KeySource]| {
        if !sources.is_empty() {
            toml.texts(key, sources);
        }
    };
    keys("order_key", &route.order_key);
    keys("also_known_as", &route.also_known_as);
    keys("event_id", &route.event_id);
    keys("delivery_id", &route.delivery_id);
    signature(toml, route.signature.as_ref());
    let order = if route.order.is_none() { "false".to_owned() } else { inline(places(&route.order)) };
    toml.raw("order", order);
    route.excludes.iter().for_each(|exclude| toml.exclude("[[tee.route.exclude]]", exclude));
}

/// How a sender signs, or copies for a lane are signed.
pub(super) fn signature(toml: &mut Toml, rule: Option<&SignatureRule>) {
    if let Some(rule) = rule {
        let members = [member("header", &rule.header), member("secret", rule.secret.written())];
        toml.raw("signature", inline(members));
    }
}

fn by(place: (String, String), values: &[(String, Operation)]) -> String {
    let values = values.iter().map(|(value, operation)| (quoted(value), quoted(operation.as_str())));
    inline(std::iter::once(place).chain(values))
}
