//! The whole file as read, section by section, and what becomes of it once nothing is wrong.

use std::time::Duration;

use toml::de::DeTable;

use super::admin::{self, AdminDraft};
use super::compare::{self, CompareDraft};
use super::gates;
use super::lane::{self, LaneDraft};
use super::notify::{self, NotifyDraft};
use super::reader::{Context, Table, Value};
use super::secrets::Header;
use super::settle::{self, Settle};
use super::tee::{self, TeeDraft};
use super::{Census, Config, LaneConfig, PollFrom, import, judged, owner, places};
use crate::judge::{OwnerRule, Thresholds};
use crate::order::OrderPlaces;
use crate::outcome::{Lane, PerLane};

/// A configuration as read; what must be there may be absent, which has been reported.
pub(super) struct Draft {
    pub(super) tee: TeeDraft,
    pub(super) lanes: PerLane<LaneDraft>,
    pub(super) admin: Option<AdminDraft>,
    pub(super) notify: Option<NotifyDraft>,
    pub(super) settle: Settle,
    pub(super) order: OrderPlaces,
    pub(super) census: Census,
    pub(super) compare: CompareDraft,
    pub(super) gates: Thresholds,
    pub(super) owners: Vec<OwnerRule>,
}

/// What [`Config`] doesn't keep: needed to write the configuration out again.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) lanes: PerLane<LaneWritten>,
    /// `env:NAME`
    pub(super) token: Option<String>,
    /// `[order]`; each route has its own, which falls back on it.
    pub(super) order: OrderPlaces,
}

/// What [`LaneConfig`] doesn't keep.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneWritten {
    pub(super) headers: Vec<Header>,
    pub(super) poll_headers: Vec<Header>,
    /// Where it is set; else it follows from the polls.
    pub(super) grace: Option<Duration>,
}

pub(super) fn read<'a>(context: &'a Context<'a>, root: &'a DeTable<'a>, empty: &'a DeTable<'a>) -> Draft {
    let mut root = Table::root(context, root);
    let order = places::over(root.section("order", empty), &OrderPlaces::default());
    let tee = tee::read(root.section("tee", empty), &order);
    let mut lanes = root.section("lane", empty);
    let write = "write it with the url of the lane and what its ledger is";
    let legacy = lane::read(lanes.need_section("legacy", empty, write), Lane::Legacy);
    let gated = lane::read(lanes.need_section("gated", empty, write), Lane::Gated);
    lanes.close();
    let admin = root.get("admin", admin::read).map(|at| at.value);
    let notify = root.get("notify", notify::read).map(|at| at.value);
    let settle = settle::read(root.section("settle", empty));
    let census = census(root.section("census", empty));
    let compare = compare::read(root.section("compare", empty));
    let gates = gates::read(root.section("gates", empty), tee.sender_deadline);
    let owners = root.or("owner", Vec::new(), owner::read);
    root.close();
    Draft { tee, lanes: PerLane { legacy, gated }, admin, notify, settle, order, census, compare, gates, owners }
}

fn census(mut table: Table<'_>) -> Census {
    let expected = table.or("expected", false, Value::flag);
    let import = table.get("import", import::of_census).map(|at| at.value);
    let document = table.get("document", places::document).map(|at| Box::new(at.value));
    table.close();
    Census { expected, import, document }
}

impl Draft {
    /// The configuration; `None` where something that must be there is absent.
    pub(super) fn resolve(self) -> Option<(Config, Written)> {
        let grace = 2 * self.slowest_poll();
        let shape = self.compare.shape(&self.lanes);
        let settle = self.settle;
        let (legacy, legacy_written) = resolve_lane(self.lanes.legacy, &settle, grace)?;
        let (gated, gated_written) = resolve_lane(self.lanes.gated, &settle, grace)?;
        let lanes = PerLane { legacy: legacy_written, gated: gated_written };
        let (admin, token) = self.admin.map(|draft| (draft.admin, draft.token_written)).unzip();
        let written = Written { lanes, token: token.flatten(), order: self.order };
        let mut config = Config {
            tee: self.tee.tee,
            lanes: PerLane { legacy, gated },
            admin,
            notify: self.notify.map(|draft| draft.notify),
            census: self.census,
            compare: self.compare.resolve(shape),
            gates: self.gates,
            owners: self.owners,
            judged_by: serde_json::Value::Null,
        };
        config.judged_by = judged::judged_by(&config, &written);
        Some((config, written))
    }

    fn slowest_poll(&self) -> Duration {
        let polls = [&self.lanes.legacy, &self.lanes.gated].into_iter().filter_map(|lane| lane.poll.as_ref());
        polls.map(|draft| draft.poll.every).max().unwrap_or_default()
    }
}

fn resolve_lane(draft: LaneDraft, general: &Settle, grace: Duration) -> Option<(LaneConfig, LaneWritten)> {
    let settle = draft.settle.over(general);
    let grace_set = settle.grace.as_ref().map(|at| at.value);
    let (mut poll, poll_headers) = draft.poll.map(|draft| (draft.poll, draft.headers)).unzip();
    let tls = draft.tls.map(|at| at.value);
    if let Some(PollFrom::Http(http)) = poll.as_mut().map(|poll| &mut poll.from) {
        http.tls = http.tls.take().or_else(|| tls.clone());
    }
    let headers = draft.headers.value;
    let config = LaneConfig {
        role: draft.role.value,
        url: draft.url?.value,
        flow: draft.flow.value,
        ledger: draft.ledger?.value,
        send: draft.send,
        idempotent: draft.idempotent,
        resend_max: draft.resend_max,
        host: draft.host,
        headers: headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        concurrency: draft.concurrency,
        answer_wait_max: draft.answer_wait_max,
        answer: draft.answer,
        poll,
        sla: settle.sla(),
        horizon: settle.horizon(),
        grace: grace_set.unwrap_or(grace),
        scope: draft.scope,
        clock_skew_max: settle.clock_skew_max.as_ref().map(|at| at.value),
        documents: draft.documents.map(|at| at.value).unwrap_or_default(),
        document: draft.document.map(|at| Box::new(at.value)),
        import: draft.import,
        signature: draft.signature.map(Box::new),
        patch: draft.patch.map(|at| Box::new(at.value)),
        tls,
    };
    Some((config, LaneWritten { headers, poll_headers: poll_headers.unwrap_or_default(), grace: grace_set }))
}
