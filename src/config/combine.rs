//! What only shows when sections are held against each other: roles, a shadow that could do harm,
//! loops.

use std::net::SocketAddr;

use super::compare;
use super::draft::Draft;
use super::fault::Span;
use super::lane::{self, LaneDraft};
use super::observers;
use super::reader::Context;
use super::urls::Target;
use crate::outcome::{Flow, Lane, LedgerKind, Operation, PerLane, Role};

/// Whether the shadow's ledger may be a production: only for who has it armed, or sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Production {
    /// It must not.
    Refused,
    /// It may.
    Allowed,
}

pub(super) fn check(draft: &Draft, production: Production, context: &Context<'_>) {
    roles(&draft.lanes, context);
    for lane in Lane::ALL {
        let own = draft.lanes.get(*lane);
        ledger(own, *lane, production, context);
        lane::check_shadow_keys(own, context);
        settles(draft, own, *lane, context);
    }
    targets(&draft.lanes, context);
    observers::check(draft, context);
    compare::check(draft, context);
    loops(draft, context);
    ports(draft, context);
    notified(draft, context);
    creates(draft, context);
    gated_flow(&draft.lanes.gated, context);
    patched_signatures(draft, context);
    idle_tls(draft, context);
}

/// Exactly one lane answers the client.
fn roles(lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    let (legacy, gated) = (&lanes.legacy.role, &lanes.gated.role);
    if legacy.value != gated.value {
        return;
    }
    let (what, other) = match gated.value {
        Role::Live => ("both lanes are live: a client can't get two answers", Role::Shadow),
        Role::Shadow => ("both lanes are shadows: nobody answers the client", Role::Live),
    };
    let later = if legacy.span.start > gated.span.start { legacy } else { gated };
    let write = format!("write role = \"{other}\" in one of them; without a role legacy is live, gated the shadow");
    context.fault(Some(later.span.clone()), what, write);
}

/// The first half of invariant 8: a shadow writes to a ledger that is declared harmless.
fn ledger(own: &LaneDraft, lane: Lane, production: Production, context: &Context<'_>) {
    if production == Production::Refused
        && let Some(ledger) = own.ledger.as_ref().filter(|ledger| ledger.value == LedgerKind::Production)
        && own.role.value == Role::Shadow
    {
        let what = format!("the shadow lane `{lane}` would write to a production ledger");
        let write = "write ledger = \"sandbox\" or \"dry-run\", and let its url lead there; for a few orders that somebody \
             watches there is `paritee serve --arm-production \"until=TIME,orders=N,money=AMOUNT EUR\"`";
        context.fault(Some(ledger.span.clone()), what, write);
    }
}

/// The second half: the shadow is somewhere else. Beside a production a path of its own is too little: one rewriting rule,
/// or one slash, and both are the same.
fn targets(lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    let (Some(legacy), Some(gated)) = (&lanes.legacy.url, &lanes.gated.url) else {
        return;
    };
    let (one, other) = (Target::of(&legacy.value), Target::of(&gated.value));
    let span = || Some(shadow_of(lanes, &legacy.span, &gated.span));
    let live = if lanes.legacy.role.value == Role::Live { &lanes.legacy } else { &lanes.gated };
    let is_production = live.ledger.as_ref().is_some_and(|ledger| ledger.value == LedgerKind::Production);
    if one == other {
        let write = "give the shadow a url of its own: it would place every order a second time";
        context.fault(span(), "both lanes have the same target", write);
    } else if one.is_beside(&other) && is_production {
        let what = "both lanes have the same host and port, and only a path keeps the shadow from a production ledger";
        context.fault(span(), what, "give the shadow a host or a port of its own");
    }
}

pub(super) fn shadow_of(lanes: &PerLane<LaneDraft>, legacy: &Span, gated: &Span) -> Span {
    if lanes.legacy.role.value == Role::Shadow { legacy.clone() } else { gated.clone() }
}

/// What the tee sends must not come back to it.
fn loops(draft: &Draft, context: &Context<'_>) {
    for lane in Lane::ALL {
        let Some(url) = &draft.lanes.get(*lane).url else {
            continue;
        };
        let target = Target::of(&url.value);
        if target.reaches(draft.tee.listen.value) {
            let what = format!("the url of lane `{lane}` is where the tee itself listens: orders would go in a circle");
            context.fault(Some(url.span.clone()), what, "write the address of the lane, or another `tee.listen`");
        }
        if draft.admin.as_ref().is_some_and(|admin| target.reaches(admin.listen.value)) {
            let what = format!("the url of lane `{lane}` is the admin port, which takes no orders");
            context.fault(Some(url.span.clone()), what, "write the address of the lane, or another `admin.listen`");
        }
    }
}

/// A post is no order: it must not come to a lane, nor back to us.
fn notified(draft: &Draft, context: &Context<'_>) {
    let Some(url) = draft.notify.as_ref().map(|notify| &notify.url) else {
        return;
    };
    let target = Target::of(&url.value);
    let fault = |what: String| context.fault(Some(url.span.clone()), what, "write the address of who is to be told");
    for lane in Lane::ALL {
        if draft.lanes.get(*lane).url.as_ref().is_some_and(|lane| target.is_beside(&Target::of(&lane.value))) {
            fault(format!("`notify.url` is on the host and port of lane `{lane}`"));
        }
    }
    if target.reaches(draft.tee.listen.value) {
        fault("`notify.url` is where the tee itself listens".to_owned());
    }
    if draft.admin.as_ref().is_some_and(|admin| target.reaches(admin.listen.value)) {
        fault("`notify.url` is the admin port".to_owned());
    }
}

fn ports(draft: &Draft, context: &Context<'_>) {
    let Some(admin) = &draft.admin else {
        return;
    };
    if collide(admin.listen.value, draft.tee.listen.value) {
        let what = format!("`admin.listen` ({}) and `tee.listen` are the same port", admin.listen.value);
        context.fault(Some(admin.listen.span.clone()), what, "give one of them another port");
    }
}

fn collide(left: SocketAddr, right: SocketAddr) -> bool {
    let (a, b) = (left.ip().to_canonical(), right.ip().to_canonical());
    left.port() != 0 && left.port() == right.port() && (a == b || a.is_unspecified() || b.is_unspecified())
}

/// Without a create there is no order to be judged.
fn creates(draft: &Draft, context: &Context<'_>) {
    let routes = &draft.tee.routes;
    if let Some(first) = routes.first()
        && !routes.iter().any(|route| route.value.operation.may(Operation::Create))
    {
        let write = "write operation = \"create\" where orders are placed";
        context.absent(Some(first.span.clone()), "no route is for `create`, so no order would ever be judged", write);
    }
}

fn settles(draft: &Draft, own: &LaneDraft, lane: Lane, context: &Context<'_>) {
    let settle = own.settle.over(&draft.settle);
    if settle.sla() > settle.horizon() {
        let what = format!("on lane `{lane}` the sla is longer than the horizon");
        let write = "orders would be called lost before they are late; write a horizon above the sla";
        context.warn(settle.span(), what, write);
    }
}

fn gated_flow(gated: &LaneDraft, context: &Context<'_>) {
    if gated.flow.value == Flow::FireAndForget {
        let what = "the gated lane promises nothing: `fire-and-forget` confirms at the first 2xx";
        let write = "write \"erp-gated\" or \"ack-gated\", as the new path was meant to be";
        context.warn(Some(gated.flow.span.clone()), what, write);
    }
}

/// The sender's signature doesn't fit a body that was patched, so that copies bear none.
fn patched_signatures(draft: &Draft, context: &Context<'_>) {
    let is_signed = draft.tee.routes.iter().any(|route| route.value.signature.is_some());
    for (lane, own) in Lane::ALL.iter().map(|lane| (lane, draft.lanes.get(*lane))) {
        if let Some(patch) = own.patch.as_ref().filter(|_| is_signed && own.signature.is_none()) {
            let what =
                format!("copies for lane `{lane}` are patched, and bear no signature: the sender's doesn't fit them");
            let write = "write signature = { header = \"…\", secret = \"env:NAME\" } into the lane, so that they are signed anew";
            context.warn(Some(patch.span.clone()), what, write);
        }
    }
}

/// Certificates are of no use where there is no TLS.
fn idle_tls(draft: &Draft, context: &Context<'_>) {
    for lane in Lane::ALL {
        let own = draft.lanes.get(*lane);
        let is_plain = own.url.as_ref().is_some_and(|url| url.value.scheme_str() != Some("https"));
        if let Some(tls) = own.tls.as_ref().filter(|_| is_plain) {
            let what = format!("`lane.{lane}.tls` does nothing towards the lane: its url is plain http");
            context.warn(Some(tls.span.clone()), what, "begin the url with https://, or take `tls` out");
        }
    }
}
