//! A report in which every key has a value: what no other report of the tests shows, it does.

use super::super::evidence::{decimal, differing};
use super::super::witness::witnessed;
use super::*;
use crate::diff::Matching;
use crate::judge::{ActSummary, ClockBack, GapSummary, PairedLosses, PolicyChange, Signal, TieOutSide};
use crate::outcome::{GapReason, ReasonClass, ShadowAct};

/// The run whose documents differ, told of by all witnesses. Who adds a key that may be null gives it a value here.
pub(super) fn full() -> Assessment {
    let witnessed = witnessed();
    let mut assessment = differing();
    assessment.census = witnessed.census;
    assessment.exceptions.extend(witnessed.exceptions);
    assessment.run = witnessed.run;
    assessment.run.lanes.legacy.clock_skew_max_us = Some(2_000_000);
    if let Some(row) = assessment.tie_out.units.first_mut() {
        row.census = Some(TieOutSide { found: decimal("1234"), ..TieOutSide::default() });
    }
    let (before, after) = (Some("0.001".to_owned()), Some("0.01".to_owned()));
    assessment.run.changes = vec![PolicyChange { place: "/gates/loss_rate_max".to_owned(), before, after }];
    assessment.run.gap_list = vec![GapSummary {
        reason: GapReason::AnswerUnrecorded,
        began_at: at(3),
        ended_at: at(4),
        requests: Some(1),
        lane: Some(Lane::Gated),
        order_key: Some(OrderKey::new("5044").unwrap()),
        explained: false,
    }];
    assessment.run.clock_back = Some(ClockBack { sends: 12, from: at(9), to: at(2), row: 900, recorded_at: at(9) });
    assessment.run.acts = acts();
    *assessment.signals = signals::signals("TEA-1");
    assessment.losses = PairedLosses { both: 1, legacy_only: 5, gated_only: 0, p_value: Some(0.031_25) };
    if let Some(row) = assessment.signals.oversell.skus.first_mut() {
        row.gated = row.legacy.clone();
    }
    if let Some(task) = assessment.owners.first_mut().and_then(|owner| owner.tasks.first_mut()) {
        task.reason_class = Some(ReasonClass::Tax);
    }
    let gated = &mut assessment.signals.lanes.gated;
    gated.invisibility = Signal::Missing("the lane confirmed no order");
    gated.feeds = Signal::Missing("no feed tells");
    if let Some(exception) = assessment.exceptions.first_mut() {
        (exception.reason_class, exception.reason) = (Some(ReasonClass::Tax), Some("no VAT number".to_owned()));
    }
    for example in assessment.findings.iter_mut().filter_map(|row| row.example.as_mut()) {
        (example.money, example.matching) = (Some(decimal("-19.90")), Some(Matching::LeastCost));
    }
    assessment
}

/// An arming that came to its end, and a pause.
pub(in super::super) fn acts() -> Vec<ActSummary> {
    let act = |minute, act, by: Option<&str>, why: Option<&str>| ActSummary {
        at: at(minute),
        act,
        by: by.map(str::to_owned),
        why: why.map(str::to_owned),
        arming: None,
    };
    let arming = "until=2026-11-20T12:00:00Z,orders=50,money=500 EUR".parse().ok();
    vec![
        ActSummary { arming, ..act(10, ShadowAct::Arm, Some("ada (command line)"), None) },
        act(20, ShadowAct::Disarm, None, Some("its orders are sent")),
        act(30, ShadowAct::Pause, Some("SIGUSR1"), None),
        act(40, ShadowAct::Resume, Some("ada (admin port)"), Some("the ERP is back")),
    ]
}
