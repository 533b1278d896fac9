//! The run that was judged: its counts, lanes, gaps and files, and what it is judged by. A part of the assessment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::ClockBack;
use crate::order::OrderKey;
use crate::outcome::{
    Arming, Extract, Flow, GapReason, Lane, LedgerKind, PerLane, Role, ShadowAct, Signature, Witness,
};

/// Requests as the tee counted them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Requests received.
    pub received: u64,
    /// Requests captured and sent to both lanes, or to be sent.
    pub teed: u64,
    /// Requests that match no route, streamed to the live lane.
    pub passed_through: u64,
    /// Requests that match a route and were not teed, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Captures of an event that had been captured before, among the run's orders.
    pub redelivered: u64,
    /// Further `create`s of the same order, with another event id or none.
    pub same_order_again: u64,
    /// Requests whose signature was not good, by what was wrong with it; empty where there are none.
    pub signatures: BTreeMap<Signature, u64>,
}

impl Counts {
    /// How a replay names pieces of files that can't be read, among what it skipped.
    pub const UNREAD: &str = "unread";
    /// How the names of requests begin that are not what was captured.
    pub const NOT_WHOLE: &str = "not_whole";
    /// How it names requests that can't be sent.
    pub const NOT_HTTP: &str = "not_http";

    /// Whether what a replay did not send for this reason may have been an order.
    #[must_use]
    pub fn may_be_orders(reason: &str) -> bool {
        reason == Self::UNREAD || reason == Self::NOT_HTTP || reason.starts_with(Self::NOT_WHOLE)
    }

    /// What a replay did not send although it may have been an order, by reason.
    pub(super) fn unsendable(&self) -> BTreeMap<&str, u64> {
        let unsendable = self.skipped.iter().filter(|(reason, _)| Self::may_be_orders(reason));
        unsendable.map(|(reason, count)| (reason.as_str(), *count)).collect()
    }
}

/// The run that is judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// Its number in the journal, from 1.
    pub number: u32,
    /// What the operator called it.
    pub label: Option<String>,
    /// When it began.
    pub begin: Timestamp,
    /// The end of the judged window.
    pub until: Timestamp,
    /// The time of the journal's last sealed row.
    pub as_of: Timestamp,
    /// Which live run this is; `None` for a rehearsal.
    pub live_run: Option<u32>,
    /// Digest over what is judged by, in hexadecimal.
    pub policy_digest: String,
    /// What it is judged by otherwise than the run before it in the journal, by place; at most 50.
    pub changes: Vec<PolicyChange>,
    /// Changes beyond these.
    pub changes_beyond: u64,
    /// The journal's head: the last seal, in hexadecimal.
    pub journal_head: String,
    /// Requests as the tee counted them.
    pub counts: Counts,
    /// Both lanes.
    pub lanes: PerLane<LaneSummary>,
    /// Gaps: how many there are, and how many of them are not explained.
    pub gaps: u64,
    /// Gaps that nothing explains.
    pub gaps_unexplained: u64,
    /// The gaps, those that nothing explains first, at most [`RunSummary::GAPS_MAX`].
    pub gap_list: Vec<GapSummary>,
    /// How this machine's clock was set back while the run went on; `None`: it was not, as far as sends tell.
    pub clock_back: Option<ClockBack>,
    /// Files that were imported, in the order of their import.
    pub extracts: Vec<ExtractSummary>,
    /// What was done about the shadow, in sequence: armings and their ends, pauses, resumptions; at most [`RunSummary::ACTS_MAX`],
    /// of which armings are the last to be left out.
    pub acts: Vec<ActSummary>,
}

/// Something that somebody did about the shadow while the run went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActSummary {
    /// When it was recorded.
    pub at: Timestamp,
    /// What.
    pub act: ShadowAct,
    /// Who, as they said.
    pub by: Option<String>,
    /// Why, as they said.
    pub why: Option<String>,
    /// How far a shadow may write to a production ledger; `None` unless it was armed.
    pub arming: Option<Arming>,
}

impl RunSummary {
    /// How many gaps are listed. One that no journal could be written in may have thousands.
    pub const GAPS_MAX: usize = 100;

    /// How many acts are listed: a switch that is thrown more often is a fault of who throws it.
    pub const ACTS_MAX: usize = 100;

    /// Those of all acts that are listed.
    #[must_use]
    pub fn listed(mut acts: Vec<ActSummary>) -> Vec<ActSummary> {
        let is_switch = |act: &ActSummary| matches!(act.act, ShadowAct::Pause | ShadowAct::Resume);
        acts.sort_by_key(is_switch);
        acts.truncate(Self::ACTS_MAX);
        acts.sort_by_key(|act| act.at);
        acts
    }
}

/// A period or a request for which evidence is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapSummary {
    /// Why.
    pub reason: GapReason,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How many requests it covers; `None` where that can't be known.
    pub requests: Option<u64>,
    /// The lane, where only one is concerned.
    pub lane: Option<Lane>,
    /// The order, where it is one request whose key is known.
    pub order_key: Option<OrderKey>,
    /// Whether something explains it, or it lies behind the judged window.
    pub explained: bool,
}

/// Something that two runs are judged by differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyChange {
    /// Where, a JSON Pointer into what is judged by: `/gates/loss_rate_max`.
    pub place: String,
    /// What it was, as JSON, cut at 120 characters; `None`: it was not there.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// A file that facts were imported from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExtractSummary {
    /// Whose orders it holds.
    pub lane: Witness,
    /// Its name, without its folder.
    pub file_name: String,
    /// SHA-256 over what was read of it, in hexadecimal.
    pub file_digest: String,
    /// Rows read.
    pub rows: u64,
    /// Facts that were new.
    pub recorded: u64,
    /// Up to when it is complete, as declared, on its source's clock.
    pub complete_through: Option<Timestamp>,
    /// Why it was not read to its end, or rows of it could not be.
    pub error: Option<String>,
}

/// What a reader must know of a lane to read the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneSummary {
    /// Whether its answers go to the client.
    pub role: Role,
    /// How it promises.
    pub flow: Flow,
    /// What its ledger is declared as.
    pub ledger: LedgerKind,
    /// Readings that came to their end.
    pub readings_complete: u64,
    /// Readings that did not.
    pub readings_broken: u64,
    /// Up to when every commit has been seen.
    pub watermark: Option<Timestamp>,
    /// How far its ledger's clock is ahead of ours, in microseconds, where known.
    pub clock_offset_us: Option<i64>,
    /// How far that clock is declared to be off ours at most, in microseconds, where no reading tells.
    pub clock_skew_max_us: Option<u64>,
    /// Watermarks that sources told or extracts declared.
    pub watermarks: u64,
    /// Look-ups of single orders, those that failed included.
    pub lookups: u64,
    /// Look-ups that failed.
    pub lookups_failed: u64,
    /// Outcomes of the run's orders and of documents without one, by who said so.
    pub sources: BTreeMap<String, u64>,
}

impl From<Extract> for ExtractSummary {
    fn from(extract: Extract) -> Self {
        Self {
            lane: extract.of,
            file_name: extract.file_name,
            file_digest: extract.file_digest,
            rows: extract.rows,
            recorded: extract.recorded,
            complete_through: extract.complete_through,
            error: extract.error,
        }
    }
}
