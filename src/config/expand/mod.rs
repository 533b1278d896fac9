//! A configuration written out as TOML with every default filled in, which reads back as the same one.
//! Secrets stay references to the environment.

mod compare;
mod import;
mod owner;
mod poll;
mod route;
mod toml;

use std::fmt::Display;
use std::time::Duration;

use super::draft::{LaneWritten, Written};
use super::lane::{ANSWER_WAIT_MAX, CONCURRENCY, RESEND_MAX};
use super::values::duration_text;
use super::{Census, ClientTls, Config, LaneConfig, Notify, SendWhen, ServerTls, Tee};
use crate::judge::{StratumOf, Thresholds};
use crate::order::OrderPlaces;
use crate::outcome::{AnswerRules, Lane, Role, Scope};
use toml::{Toml, inline, member, quoted};

/// The keys of the places of an order, as TOML.
fn places(places: &OrderPlaces) -> Vec<(String, String)> {
    let pointers = [
        ("lines", &places.lines),
        ("sku", &places.sku),
        ("quantity", &places.quantity),
        ("price", &places.price),
        ("total", &places.total),
        ("tax", &places.tax),
        ("currency", &places.currency),
        ("customer", &places.customer),
    ];
    let mut members: Vec<(String, String)> =
        pointers.into_iter().filter_map(|(key, place)| Some(member(key, place.as_ref()?))).collect();
    members.extend(places.currency_else.iter().map(|currency| member("currency_else", currency)));
    members.extend(places.net.then(|| ("net".to_owned(), "true".to_owned())));
    members
}

pub(super) fn expanded(config: &Config, written: &Written) -> String {
    let mut toml = Toml::default();
    tee(&mut toml, &config.tee, config.gates.sender_deadline);
    config.tee.routes.iter().for_each(|route| route::route(&mut toml, route));
    config.tee.excludes.iter().for_each(|exclude| toml.exclude("[[tee.exclude]]", exclude));
    for lane in Lane::ALL {
        of_lane(&mut toml, *lane, config.lanes.get(*lane), written.lanes.get(*lane));
    }
    if let Some(admin) = &config.admin {
        toml.header("[admin]");
        toml.text("listen", admin.listen);
        written.token.iter().for_each(|token| toml.text("token", token));
        toml.raw("body_bytes_max", admin.body_bytes_max);
        toml.raw("events_max", admin.events_max);
        admin.tls.iter().for_each(|tls| listener_tls(&mut toml, tls));
    }
    config.notify.iter().for_each(|told| notify(&mut toml, told));
    census(&mut toml, &config.census);
    toml.header("[order]");
    places(&written.order).into_iter().for_each(|(key, value)| toml.raw(&key, value));
    compare::compare(&mut toml, config);
    gates(&mut toml, &config.gates);
    config.owners.iter().for_each(|rule| owner::owner(&mut toml, rule));
    toml.0
}

fn tee(toml: &mut Toml, tee: &Tee, sender_deadline: Option<Duration>) {
    toml.header("[tee]");
    toml.text("listen", tee.listen);
    toml.text("journal", tee.journal.display());
    toml.text("durability", tee.durability);
    toml.raw("journal_wait_max_ms", tee.journal_wait_max.as_millis());
    toml.raw("body_bytes_max", tee.body_bytes_max);
    toml.raw("answer_bytes_max", tee.answer_bytes_max);
    toml.duration("answer_wait_max", tee.answer_wait_max);
    toml.raw("connections_max", tee.clients.connections_max);
    toml.duration("head_wait_max", tee.clients.head_wait_max);
    toml.duration("body_wait_max", tee.clients.body_wait_max);
    toml.duration("shutdown_max", tee.shutdown_max);
    sender_deadline.iter().for_each(|deadline| toml.duration("sender_deadline", *deadline));
    tee.tls.iter().for_each(|tls| listener_tls(toml, tls));
}

fn of_lane(toml: &mut Toml, name: Lane, lane: &LaneConfig, written: &LaneWritten) {
    toml.header(format_args!("[lane.{name}]"));
    toml.text("role", lane.role);
    toml.text("url", &lane.url);
    toml.text("flow", lane.flow);
    toml.text("ledger", lane.ledger);
    feeding(toml, lane);
    toml.text("host", lane.host);
    toml.headers(&written.headers);
    route::signature(toml, lane.signature.as_deref());
    lane.tls.iter().for_each(|tls| client_tls(toml, tls));
    lane.patch.iter().for_each(|patch| toml.text("patch", patch.text()));
    toml.text("documents", lane.documents);
    settle(toml, lane, written.grace.is_some());
    answer(toml, name, &lane.answer);
    lane.document.iter().for_each(|places| document(toml, format_args!("[lane.{name}.document]"), places));
    lane.poll.iter().for_each(|poll| poll::poll(toml, name, poll, &written.poll_headers));
    let table = format!("lane.{name}.import");
    lane.import.iter().for_each(|import| import::import(toml, &table, import, "committed_at"));
    scope(toml, name, &lane.scope);
}

fn listener_tls(toml: &mut Toml, tls: &ServerTls) {
    let (cert, key) = &tls.identity;
    toml.raw("tls", inline([member("cert", cert.display()), member("key", key.display())]));
}

fn client_tls(toml: &mut Toml, tls: &ClientTls) {
    let mut members: Vec<(String, String)> = tls.ca.iter().map(|ca| member("ca", ca.display())).collect();
    if let Some((cert, key)) = &tls.identity {
        members.extend([member("cert", cert.display()), member("key", key.display())]);
    }
    toml.raw("tls", inline(members));
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

fn settle(toml: &mut Toml, lane: &LaneConfig, has_grace: bool) {
    let grace = duration_text(lane.grace);
    let mut settle = vec![member("sla", duration_text(lane.sla)), member("horizon", duration_text(lane.horizon))];
    settle.extend(has_grace.then(|| member("grace", &grace)));
    settle.extend(lane.clock_skew_max.map(|skew| member("clock_skew_max", duration_text(skew))));
    // It is not judged by where it isn't written, so it must not be written here.
    let from_polls = if has_grace { String::new() } else { format!(" # grace = \"{grace}\", from the polls") };
    toml.raw("settle", inline(settle) + &from_polls);
}

fn answer(toml: &mut Toml, name: Lane, answer: &AnswerRules) {
    toml.header(format_args!("[lane.{name}.answer]"));
    toml.texts("reference", &answer.reference);
    toml.raw("final", format!("{:?}", answer.final_statuses));
    toml.texts("reason", &answer.reason);
    answer.location.iter().for_each(|pattern| toml.text("location", pattern));
    for rule in &answer.classes {
        toml.header(format_args!("[[lane.{name}.answer.class]]"));
        let when = rule.when.iter().map(|(pointer, text)| (quoted(&pointer.to_string()), quoted(text)));
        toml.raw("when", inline(when));
        toml.text("class", rule.class);
    }
}

fn document(toml: &mut Toml, header: impl Display, document: &OrderPlaces) {
    toml.header(header);
    places(document).into_iter().for_each(|(key, value)| toml.raw(&key, value));
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

fn notify(toml: &mut Toml, notify: &Notify) {
    toml.header("[notify]");
    toml.text("url", &notify.url);
    toml.text("secret", notify.secret.written());
    toml.duration("every", notify.every);
    notify.tls.iter().for_each(|tls| client_tls(toml, tls));
}

fn census(toml: &mut Toml, census: &Census) {
    toml.header("[census]");
    toml.raw("expected", census.expected);
    census.document.iter().for_each(|places| document(toml, "[census.document]", places));
    census.import.iter().for_each(|import| import::import(toml, "census.import", import, "placed_at"));
}

fn gates(toml: &mut Toml, gates: &Thresholds) {
    toml.header("[gates]");
    toml.raw("loss_rate_max", gates.loss_rate_max);
    toml.raw("confidence", gates.confidence);
    toml.raw("fields_differ_max", gates.fields_differ_max);
    toml.raw("hours_min", gates.hours_min);
    toml.raw("latency_quantile", gates.latency_quantile);
    toml.raw("sensitivity_min", gates.sensitivity_min);
    for stratum in &gates.strata {
        toml.header("[[gates.strata]]");
        toml.text("name", &stratum.name);
        match &stratum.of {
            StratumOf::Operation(operation) => toml.text("operation", operation),
            StratumOf::Payload { pointer, equals } => {
                toml.text("pointer", pointer);
                toml.texts("equals", equals);
            }
        }
        toml.raw("orders_min", stratum.orders_min);
    }
}
