//! A report in which every key has a value: what no other report of the tests shows, it does.

use super::super::evidence::{decimal, differing};
use super::super::witness::witnessed;
use super::*;
use crate::diff::Matching;
use crate::judge::TieOutSide;
use crate::outcome::ReasonClass;

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
    if let Some(exception) = assessment.exceptions.first_mut() {
        (exception.reason_class, exception.reason) = (Some(ReasonClass::Tax), Some("no VAT number".to_owned()));
    }
    for example in assessment.findings.iter_mut().filter_map(|row| row.example.as_mut()) {
        (example.money, example.matching) = (Some(decimal("-19.90")), Some(Matching::LeastCost));
    }
    assessment
}
