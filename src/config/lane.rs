//! `[lane.X]`: where a lane is, what it promises, what its ledger is declared as, how it is read.

use std::num::NonZeroUsize;
use std::time::Duration;

use hyper::Uri;

use super::fault::Span;
use super::poll::{self, PollDraft};
use super::profiles::{self, PROFILE};
use super::reader::{At, Context, Table, Value};
use super::secrets::{Header, headers};
use super::settle::{self, Settle};
use super::urls::lane_url;
use super::values::{duration, integer, named};
use super::{
    ClientTls, HostHeader, Import, PollFrom, SendWhen, SignatureRule, answer, import, places, route, scope, tls,
};
use crate::judge::DocumentsRule;
use crate::order::{OrderPlaces, Patch};
use crate::outcome::{AnswerRules, Flow, Lane, LedgerKind, Role, Scope};

/// How often an unknown send goes again: what fails three times has a cause.
pub(super) const RESEND_MAX: u32 = 3;

/// A test ERP is small, and may share its quota with the live one.
pub(super) const CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

/// Slow ERPs commit after most callers gave up; what the answer was is still worth knowing.
pub(super) const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

/// A lane as read: what must be there may be absent, which has been reported.
pub(super) struct LaneDraft {
    /// Its header; `None`: the lane isn't there.
    pub(super) span: Option<Span>,
    pub(super) role: At<Role>,
    pub(super) url: Option<At<Uri>>,
    pub(super) flow: At<Flow>,
    pub(super) ledger: Option<At<LedgerKind>>,
    pub(super) send: SendWhen,
    pub(super) idempotent: bool,
    pub(super) resend_max: u32,
    pub(super) host: HostHeader,
    pub(super) headers: At<Vec<Header>>,
    pub(super) concurrency: NonZeroUsize,
    pub(super) answer_wait_max: Duration,
    pub(super) answer: AnswerRules,
    pub(super) poll: Option<PollDraft>,
    /// Whether a poll is written, be it good or not.
    pub(super) polled: bool,
    pub(super) settle: Settle,
    pub(super) scope: Scope,
    pub(super) documents: Option<At<DocumentsRule>>,
    pub(super) document: Option<At<OrderPlaces>>,
    pub(super) import: Option<Import>,
    pub(super) signature: Option<SignatureRule>,
    pub(super) patch: Option<At<Patch>>,
    pub(super) tls: Option<At<ClientTls>>,
    /// Keys that are set and say how a shadow is fed.
    pub(super) shadow_keys: Vec<At<&'static str>>,
}

pub(super) fn read(mut table: Table<'_>, lane: Lane) -> LaneDraft {
    table.get(PROFILE, profiles::of_lane);
    let header = table.span.clone();
    let at_header = || header.clone().unwrap_or_default();
    let (role, flow) = defaults(lane);
    let ledger =
        "write \"production\", \"sandbox\" or \"dry-run\", as ledger = \"…\"; a shadow never writes to production";
    let mut draft = LaneDraft {
        role: table.get("role", named).unwrap_or_else(|| At { value: role, span: at_header() }),
        url: table.need("url", "write url = \"http://…\"", lane_url),
        flow: table.get("flow", named).unwrap_or_else(|| At { value: flow, span: at_header() }),
        ledger: table.need("ledger", ledger, named),
        shadow_keys: Vec::new(),
        send: SendWhen::Always,
        idempotent: false,
        resend_max: RESEND_MAX,
        host: table.or("host", HostHeader::Keep, named),
        headers: table.get("headers", headers).unwrap_or_else(|| At { value: Vec::new(), span: at_header() }),
        concurrency: CONCURRENCY,
        answer_wait_max: ANSWER_WAIT_MAX,
        answer: table.or("answer", AnswerRules::default(), answer::answer),
        polled: table.value("poll").is_some(),
        poll: table.get("poll", poll::read).map(|at| at.value),
        settle: table.or("settle", Settle::default(), |value| value.table().map(settle::read)),
        scope: table.or("scope", Scope::default(), scope::scope),
        documents: table.get("documents", named),
        document: table.get("document", places::document),
        import: table.get("import", import::of_lane).map(|at| at.value),
        signature: None,
        patch: None,
        tls: table.get("tls", tls::of_client),
        span: header.clone(),
    };
    shadow_keys(&mut table, &mut draft);
    check_documents(&table, &draft);
    table.close();
    if let Some(PollFrom::Http(http)) = draft.poll.as_ref().map(|poll| &poll.poll.from)
        && !draft.answer.reference.contains(&http.reference)
    {
        draft.answer.reference.push(http.reference.clone());
    }
    draft
}

/// Several documents of an order are told from a double commit by their units.
fn check_documents(table: &Table<'_>, draft: &LaneDraft) {
    let Some(split) = draft.documents.as_ref().filter(|at| at.value == DocumentsRule::Split) else {
        return;
    };
    let (name, has_lines) = (&table.name, |places: &At<OrderPlaces>| places.value.lines.is_some());
    let lacks = match &draft.document {
        None if !table.has("document") => format!("there is no `[{name}.document]`"),
        Some(document) if !has_lines(document) => format!("`[{name}.document]` has no `lines`"),
        _ => return,
    };
    let write = "write it with lines, sku and quantity, so that the units of several documents can be counted";
    table.context.absent(Some(split.span.clone()), format!("`{name}.documents` is \"split\", and {lacks}"), write);
}

/// How a shadow is fed.
fn shadow_keys(table: &mut Table<'_>, draft: &mut LaneDraft) {
    let mut set = |key: &'static str, span: Option<Span>| {
        draft.shadow_keys.extend(span.map(|span| At { value: key, span }));
    };
    let send = table.get("send", named);
    set("send", send.as_ref().map(|at| at.span.clone()));
    let idempotent = table.get("idempotent", Value::flag);
    set("idempotent", idempotent.as_ref().map(|at| at.span.clone()));
    let resend_max = table.get("resend_max", integer(0..=1_000));
    set("resend_max", resend_max.as_ref().map(|at| at.span.clone()));
    let concurrency = table.get("concurrency", integer::<usize>(1..=10_000));
    set("concurrency", concurrency.as_ref().map(|at| at.span.clone()));
    let answer_wait_max = table.get("answer_wait_max", duration);
    set("answer_wait_max", answer_wait_max.as_ref().map(|at| at.span.clone()));
    let signature = table.get("signature", route::signature);
    set("signature", signature.as_ref().map(|at| at.span.clone()));
    draft.signature = signature.map(|at| at.value);
    draft.patch = table.get("patch", patch);
    draft.shadow_keys.extend(draft.patch.as_ref().map(|at| At { value: "patch", span: at.span.clone() }));
    draft.answer_wait_max = answer_wait_max.map_or(draft.answer_wait_max, |at| at.value);
    draft.send = send.map_or(draft.send, |at| at.value);
    draft.idempotent = idempotent.is_some_and(|at| at.value);
    draft.resend_max = resend_max.map_or(draft.resend_max, |at| at.value);
    draft.concurrency = concurrency.and_then(|at| NonZeroUsize::new(at.value)).unwrap_or(CONCURRENCY);
}

/// What is changed in the bodies of copies, as JSON: TOML has no `null`, and its numbers lose their digits.
fn patch(value: &Value<'_>) -> Option<Patch> {
    const WRITE: &str = "write JSON in single quotes: '{ \"email\": null }' is merged in (RFC 7396), \
         '[{ \"op\": \"replace\", \"path\": \"/email\", \"value\": \"\" }]' are operations (RFC 6902)";
    if value.is_table() || value.is_list() {
        return value.wrong(format!("`{}` is JSON, and stands here as TOML", value.name), WRITE);
    }
    match Patch::parse(value.text()?) {
        Ok(patch) => Some(patch),
        Err(error) => value.wrong(format!("`{}` is no patch: {error}", value.name), WRITE),
    }
}

/// The usual state of week three: legacy is live, gated gets a copy.
const fn defaults(lane: Lane) -> (Role, Flow) {
    match lane {
        Lane::Legacy => (Role::Live, Flow::FireAndForget),
        Lane::Gated => (Role::Shadow, Flow::ErpGated),
    }
}

/// Says which keys of the live lane do nothing. One with a sandbox behind it may be there for replays, which send it copies as well.
pub(super) fn check_shadow_keys(draft: &LaneDraft, context: &Context<'_>) {
    let is_replayed_to = draft.ledger.as_ref().is_some_and(|ledger| ledger.value != LedgerKind::Production);
    for key in draft.shadow_keys.iter().filter(|_| draft.role.value == Role::Live) {
        if is_replayed_to && key.value != "send" {
            continue;
        }
        let what = format!("`{}` does nothing on the live lane: paritee sends each order there once", key.value);
        context.warn(Some(key.span.clone()), what, "take it out, or write it into the shadow's lane");
    }
}
