//! A configuration written out as TOML with every default filled in, which reads back as the same one.
//! Secrets stay references to the environment.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use super::draft::{LaneWritten, Written};
use super::lane::{ANSWER_WAIT_MAX, CONCURRENCY, RESEND_MAX};
use super::later::{CompareRule, Later};
use super::secrets::Header;
use super::values::duration_text;
use super::{Config, Exclude, KeySource, LaneConfig, OperationRule, Poll, PollFrom, Route, SendWhen, Tee};
use crate::outcome::{Lane, Role, Scope};

/// TOML in the making.
#[derive(Default)]
struct Toml(String);

impl Toml {
    fn header(&mut self, header: impl Display) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&format!("{header}\n"));
    }

    /// A key with its value, already in TOML.
    fn raw(&mut self, key: &str, value: impl Display) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, text: impl Display) {
        self.raw(key, quoted(&text.to_string()));
    }

    fn duration(&mut self, key: &str, duration: Duration) {
        self.text(key, duration_text(duration));
    }

    fn texts(&mut self, key: &str, texts: impl IntoIterator<Item = impl Display>) {
        self.raw(key, list(texts));
    }
}

/// A basic string. JSON's escapes are TOML's as well; only DEL must be escaped on top.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn list(texts: impl IntoIterator<Item = impl Display>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(&text.to_string())).collect();
    format!("[{}]", texts.join(", "))
}

pub(super) fn expanded(config: &Config, written: &Written) -> String {
    let mut toml = Toml::default();
    tee(&mut toml, &config.tee, &written.later);
    config.tee.routes.iter().for_each(|route| of_route(&mut toml, route));
    config.tee.excludes.iter().for_each(|exclude| of_exclude(&mut toml, exclude));
    for lane in Lane::ALL {
        of_lane(&mut toml, *lane, config.lanes.get(*lane), written.lanes.get(*lane));
    }
    if let Some(admin) = &config.admin {
        toml.header("[admin]");
        toml.text("listen", admin.listen);
        written.token.iter().for_each(|token| toml.text("token", token));
    }
    later(&mut toml, &written.later);
    toml.0
}

fn tee(toml: &mut Toml, tee: &Tee, later: &Later) {
    toml.header("[tee]");
    toml.text("listen", tee.listen);
    toml.text("journal", tee.journal.display());
    toml.text("durability", tee.durability);
    toml.raw("journal_wait_max_ms", tee.journal_wait_max.as_millis());
    toml.raw("body_bytes_max", tee.body_bytes_max);
    toml.raw("answer_bytes_max", tee.answer_bytes_max);
    toml.duration("answer_wait_max", tee.answer_wait_max);
    toml.duration("shutdown_max", tee.shutdown_max);
    later.sender_deadline.iter().for_each(|deadline| toml.duration("sender_deadline", *deadline));
}

fn of_route(toml: &mut Toml, route: &Route) {
    toml.header("[[tee.route]]");
    route.method.iter().for_each(|method| toml.text("method", method));
    toml.text("path", &route.path);
    match &route.operation {
        OperationRule::Always(operation) => toml.text("operation", operation),
        OperationRule::ByHeader { name, values } => {
            let values = values.iter().map(|(value, operation)| format!(", {} = \"{operation}\"", quoted(value)));
            toml.raw("operation", format!("{{ header = \"{name}\"{} }}", values.collect::<String>()));
        }
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
}

fn of_exclude(toml: &mut Toml, exclude: &Exclude) {
    toml.header("[[tee.exclude]]");
    toml.text("pointer", &exclude.pointer);
    toml.text("equals", &exclude.equals);
    toml.text("reason", &exclude.reason);
}

fn of_lane(toml: &mut Toml, name: Lane, lane: &LaneConfig, written: &LaneWritten) {
    toml.header(format_args!("[lane.{name}]"));
    toml.text("role", lane.role);
    toml.text("url", &lane.url);
    toml.text("flow", lane.flow);
    toml.text("ledger", lane.ledger);
    feeding(toml, lane);
    toml.text("host", lane.host);
    headers(toml, &written.headers);
    let (sla, horizon) = (duration_text(lane.sla), duration_text(lane.horizon));
    let grace = duration_text(lane.grace);
    match written.grace {
        Some(_) => toml.raw("settle", format!("{{ sla = \"{sla}\", horizon = \"{horizon}\", grace = \"{grace}\" }}")),
        // It is not judged by where it isn't written, so it must not be written here.
        None => toml.raw(
            "settle",
            format!("{{ sla = \"{sla}\", horizon = \"{horizon}\" }} # grace = \"{grace}\", from the polls"),
        ),
    }
    toml.header(format_args!("[lane.{name}.answer]"));
    toml.texts("reference", &lane.answer.reference);
    toml.raw("final", format!("{:?}", lane.answer.final_statuses));
    toml.texts("reason", &lane.answer.reason);
    lane.poll.iter().for_each(|poll| of_poll(toml, name, poll, &written.poll_headers));
    scope(toml, name, &lane.scope);
}

/// How a shadow is fed; on the live lane only what was written there, since it does nothing.
fn feeding(toml: &mut Toml, lane: &LaneConfig) {
    let shadow = lane.role == Role::Shadow;
    if shadow || lane.send != SendWhen::Always {
        toml.text("send", lane.send);
    }
    if shadow || lane.idempotent {
        toml.raw("idempotent", lane.idempotent);
    }
    if shadow || lane.resend_max != RESEND_MAX {
        toml.raw("resend_max", lane.resend_max);
    }
    if shadow || lane.concurrency != CONCURRENCY {
        toml.raw("concurrency", lane.concurrency);
    }
    if shadow || lane.answer_wait_max != ANSWER_WAIT_MAX {
        toml.duration("answer_wait_max", lane.answer_wait_max);
    }
}

fn headers(toml: &mut Toml, headers: &[Header]) {
    if !headers.is_empty() {
        let headers = headers.iter().map(|header| format!("{} = {}", header.name, quoted(&header.written)));
        toml.raw("headers", format!("{{ {} }}", headers.collect::<Vec<_>>().join(", ")));
    }
}

fn of_poll(toml: &mut Toml, name: Lane, poll: &Poll, written: &[Header]) {
    toml.header(format_args!("[lane.{name}.poll]"));
    if let PollFrom::Http(http) = &poll.from {
        toml.text("url", &http.url);
    }
    toml.duration("every", poll.every);
    if let PollFrom::Http(http) = &poll.from {
        toml.text("items", &http.items);
        toml.text("order_key", &http.order_key);
    }
    poll.order_key_strip.iter().for_each(|prefix| toml.text("order_key_strip", prefix));
    if let PollFrom::Http(http) = &poll.from {
        toml.text("reference", &http.reference);
        http.committed_at.iter().for_each(|pointer| toml.text("committed_at", pointer));
        http.next.iter().for_each(|pointer| toml.text("next", pointer));
    }
    toml.duration("overlap", poll.overlap);
    toml.duration("lag", poll.lag);
    toml.duration("answer_wait_max", poll.answer_wait_max);
    if let PollFrom::Http(http) = &poll.from {
        toml.raw("page_bytes_max", http.page_bytes_max);
        toml.raw("pages_max", http.pages_max);
    }
    headers(toml, written);
}

fn scope(toml: &mut Toml, name: Lane, scope: &Scope) {
    if let Some(since) = scope.since {
        toml.header(format_args!("[lane.{name}.scope]"));
        toml.raw("since", since);
    }
    for rule in &scope.only {
        toml.header(format_args!("[[lane.{name}.scope.only]]"));
        toml.text("pointer", &rule.pointer);
        toml.texts("equals", &rule.equals);
        toml.text("reason", &rule.reason);
    }
}

fn later(toml: &mut Toml, later: &Later) {
    toml.header("[census]");
    toml.raw("expected", later.census_expected);
    toml.header("[order]");
    toml.text("lines", &later.order.lines);
    toml.text("sku", &later.order.sku);
    toml.text("quantity", &later.order.quantity);
    toml.text("total", &later.order.total);
    toml.text("currency", &later.order.currency);
    later.compare.iter().for_each(|rule| compare_rule(toml, rule));
    toml.header("[gates]");
    toml.raw("loss_rate_max", later.gates.thresholds.loss_rate_max);
    toml.raw("confidence", later.gates.thresholds.confidence);
    toml.raw("fields_differ_max", later.gates.fields_differ_max);
    toml.raw("hours_min", later.gates.hours_min);
    toml.texts("strata", &later.gates.strata);
}

fn compare_rule(toml: &mut Toml, rule: &CompareRule) {
    toml.header("[[compare.rule]]");
    toml.text("path", &rule.path);
    if !rule.match_by.is_empty() {
        toml.texts("match_by", &rule.match_by);
    }
    if rule.ignore {
        toml.raw("ignore", true);
    }
    if rule.dangerous {
        toml.raw("dangerous", true);
    }
    rule.reason.iter().for_each(|reason| toml.text("reason", reason));
}
