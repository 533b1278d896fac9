//! What a scenario must come to, and how what it came to differs from it.
//!
//! Everything that is not written is expected as well: gates that are not named are GO, fates that are not named have no
//! order, nothing unexplained is found.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::Amount;
use super::measure::{Measure, Measures};
use super::signs::{self, Sign};
use crate::diff::Class;
use crate::judge::{Assessment, Decision, Fate, GateName, Parity, TieOutRow, TieOutSide};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, ReasonClass};
use crate::sim::OrderNumber;

/// What an act must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The decision.
    pub decision: Decision,
    /// Gates that are not GO.
    pub gates: BTreeMap<GateName, Decision>,
    /// Orders by fate.
    pub fates: PerLane<BTreeMap<Fate, Amount>>,
    /// How many orders the fates of a lane must add up to, where one of them takes the rest.
    pub whole: PerLane<Option<u64>>,
    /// Orders by parity, where the scenario says anything of it.
    pub parity: BTreeMap<Parity, Amount>,
    /// Kinds of differences that nothing explains.
    pub findings: Vec<ExpectedFinding>,
    /// Numbers of the report by their names, such as `gaps` or `carried_over`.
    pub counts: BTreeMap<Count, Amount>,
    /// What really happened, as the simulated systems know it.
    pub truth: PerLane<BTreeMap<Measure, Amount>>,
    /// What the report tells of the handoff.
    pub signals: PerLane<BTreeMap<Sign, Amount>>,
}

impl Expect {
    /// The orders of which the scenario says what became of them, on a lane.
    #[must_use]
    pub fn named(&self, lane: Lane) -> BTreeSet<OrderNumber> {
        let orders = self.fates.get(lane).values().filter_map(|amount| match amount {
            Amount::Orders(orders) => Some(orders),
            Amount::Exactly(_) | Amount::Between(..) => None,
        });
        orders.flatten().copied().collect()
    }
}

/// A kind of difference that nothing explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFinding {
    /// The place, without keys and indices.
    pub path: String,
    /// How the values differ.
    pub class: Class,
    /// In how many orders.
    pub orders: Amount,
}

/// Numbers of a report that are none of fates, gates or parity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Gaps in the evidence.
    Gaps,
    /// Those that nothing explains.
    GapsUnexplained,
    /// Requests received.
    Received,
    /// Requests teed to both lanes.
    Teed,
    /// Orders captured.
    Captured,
    /// Captures of an event that had been captured before.
    Redelivered,
    /// Orders of the census that nobody else has.
    CensusMissing,
    /// Documents of the live lane that were under way before the first capture.
    CarriedOver,
    /// Documents in the live ledger that nothing explains.
    PhantomsLegacy,
    /// Readings of the gated ledger that did not come to their end.
    ReadingsBroken,
    /// By how many seconds production's clock is off.
    ClockOffLegacyS,
    /// By how many seconds the sandbox's clock is off.
    ClockOffGatedS,
    /// Units that payloads of captured orders tell of.
    UnitsCaptured,
    /// Currencies in which money is added up.
    Currencies,
    /// Units that customers ordered, legacy lost, and its ledger doesn't have.
    UnitsLostLegacy,
    /// SKUs of which that is so.
    SkusLostLegacy,
    /// Units that customers ordered and the gated ledger doesn't have, for whatever cause.
    UnitsMissingGated,
    /// Orders that the gated lane rejected because of an article.
    RejectedUnknownSku,
    /// Because of their tax.
    RejectedTax,
    /// Because of the customer.
    RejectedCustomer,
}
crate::outcome::names!(Count, "number of the report", {
    Gaps => "gaps", GapsUnexplained => "gaps_unexplained", Received => "received", Teed => "teed",
    Captured => "captured", Redelivered => "redelivered", CensusMissing => "census_missing",
    CarriedOver => "carried_over", PhantomsLegacy => "phantoms_legacy", ReadingsBroken => "readings_broken",
    ClockOffLegacyS => "clock_off_legacy_s", ClockOffGatedS => "clock_off_gated_s",
    UnitsCaptured => "units_captured", Currencies => "currencies",
    UnitsLostLegacy => "units_lost_legacy", SkusLostLegacy => "skus_lost_legacy",
    UnitsMissingGated => "units_missing_gated", RejectedUnknownSku => "rejected_unknown_sku",
    RejectedTax => "rejected_tax", RejectedCustomer => "rejected_customer",
});

/// One thing that was expected, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Whether that is the same.
    pub holds: bool,
}

impl Row {
    fn of(what: impl Into<String>, expected: impl std::fmt::Display, found: impl std::fmt::Display) -> Self {
        let (expected, found) = (format!("{expected}"), format!("{found}"));
        Self { what: what.into(), holds: expected == found, expected, found }
    }

    fn amount(what: impl Into<String>, expected: &Amount, found: u64) -> Self {
        let holds = expected.takes(found);
        Self { what: what.into(), expected: expected.to_string(), found: found.to_string(), holds }
    }
}

/// What an act came to.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    /// What the judge says.
    pub(super) assessment: &'a Assessment,
    /// The fates of the orders that the scenario names, by position.
    pub(super) named: &'a PerLane<BTreeMap<OrderNumber, Fate>>,
    /// What really happened.
    pub(super) truth: &'a PerLane<Measures>,
}

/// Every expectation beside what was found.
#[must_use]
pub(super) fn compare(expect: &Expect, found: &Found<'_>) -> Vec<Row> {
    let assessment = found.assessment;
    let mut rows = vec![Row::of("decision", expect.decision, assessment.decision)];
    rows.extend(gates(expect, assessment));
    for lane in Lane::ALL {
        rows.extend(fates(*lane, expect, found));
        let all: u64 = assessment.fates.get(*lane).values().sum();
        rows.extend(expect.whole.get(*lane).map(|orders| Row::of(format!("{lane}: all orders"), orders, all)));
    }
    let parity = expect.parity.iter();
    rows.extend(parity.map(|(parity, amount)| {
        Row::amount(format!("parity {parity}"), amount, assessment.parity.get(parity).copied().unwrap_or_default())
    }));
    rows.extend(findings(expect, assessment));
    let counts = expect.counts.iter();
    rows.extend(counts.map(|(count, amount)| Row::amount(count.as_str(), amount, number(*count, assessment))));
    for lane in Lane::ALL {
        let measures = expect.truth.get(*lane).iter();
        rows.extend(measures.map(|(measure, amount)| {
            let what = format!("in truth, {lane}: {measure}");
            Row::amount(what, amount, found.truth.get(*lane).value(*measure))
        }));
        rows.extend(expect.signals.get(*lane).iter().map(|(sign, amount)| {
            let what = format!("signals, {lane}: {sign}");
            match signs::number(*sign, *lane, assessment) {
                Some(number) => Row::amount(what, amount, number),
                None => Row::of(what, amount, "not measured"),
            }
        }));
    }
    rows.extend(always(assessment));
    rows
}

/// Gates: those that are named, and of the others those that are not GO.
fn gates(expect: &Expect, assessment: &Assessment) -> Vec<Row> {
    let status = |name: GateName| assessment.gates.iter().find(|gate| gate.name == name).map(|gate| gate.status);
    let named = expect.gates.iter().map(|(name, expected)| {
        let found = status(*name).map_or_else(|| "not judged".to_owned(), |status| status.to_string());
        Row::of(format!("gate {name}"), expected, found)
    });
    let others = assessment.gates.iter().filter(|gate| !expect.gates.contains_key(&gate.name));
    let bad = others.clone().filter(|gate| gate.status != Decision::Go);
    let bad = bad.map(|gate| Row::of(format!("gate {}", gate.name), Decision::Go, gate.status));
    let mut rows: Vec<Row> = named.chain(bad).collect();
    if others.clone().count() > 0 && others.clone().all(|gate| gate.status == Decision::Go) {
        rows.push(Row::of(format!("the other {} gates", others.count()), Decision::Go, Decision::Go));
    }
    rows
}

/// Fates of a lane: those that are named, and others that orders have all the same.
fn fates(lane: Lane, expect: &Expect, found: &Found<'_>) -> Vec<Row> {
    let (expected, all) = (expect.fates.get(lane), found.assessment.fates.get(lane));
    let named = expected.iter().map(|(fate, amount)| {
        let count = all.get(fate).copied().unwrap_or_default();
        let row = Row::amount(format!("{lane}: {fate}"), amount, count);
        match amount {
            Amount::Orders(orders) => these(row, orders, *fate, found.named.get(lane)),
            Amount::Exactly(_) | Amount::Between(..) => row,
        }
    });
    let others = all.iter().filter(|(fate, count)| !expected.contains_key(fate) && **count > 0);
    let others = others.map(|(fate, count)| Row::of(format!("{lane}: {fate}"), 0, count));
    named.chain(others).collect()
}

/// The right number of orders are not yet the right orders.
fn these(row: Row, orders: &BTreeSet<OrderNumber>, fate: Fate, named: &BTreeMap<OrderNumber, Fate>) -> Row {
    let wrong: Vec<String> = orders
        .iter()
        .filter(|number| named.get(number) != Some(&fate))
        .map(|number| {
            let fate = named.get(number).map_or("not found", |fate| fate.as_str());
            format!("#{number} {fate}")
        })
        .take(3)
        .collect();
    match wrong.is_empty() {
        true => Row { found: format!("{}, by name", row.found), ..row },
        false => Row { found: format!("{} ({})", row.found, wrong.join(", ")), holds: false, ..row },
    }
}

/// Kinds of differences that nothing explains: those that are expected, and others.
fn findings(expect: &Expect, assessment: &Assessment) -> Vec<Row> {
    let open: Vec<_> =
        assessment.findings.iter().filter(|finding| finding.unexplained > 0 && finding.between.counts()).collect();
    let expected = expect.findings.iter().map(|expected| {
        let same = |path: &str, class: Class| path == expected.path && class == expected.class;
        let orders = open.iter().filter(|finding| same(&finding.path, finding.class));
        let orders: Vec<u64> = orders.map(|finding| finding.orders_count).collect();
        // Between the lanes and with what was ordered: each of them must be as expected.
        let wrong = orders.iter().find(|count| !expected.orders.takes(**count)).or(orders.first());
        let what = format!("finding {}: {}", expected.path, expected.class);
        Row::amount(what, &expected.orders, wrong.copied().unwrap_or_default())
    });
    let known = |path: &str, class: Class| {
        expect.findings.iter().any(|expected| expected.path == path && expected.class == class)
    };
    let others = open.iter().filter(|finding| !known(&finding.path, finding.class));
    let others =
        others.map(|finding| Row::of(format!("finding {}: {}", finding.path, finding.class), 0, finding.count));
    expected.chain(others).collect()
}

/// What must hold of every run, whatever it comes to.
fn always(assessment: &Assessment) -> Vec<Row> {
    let counts = &assessment.run.counts;
    let accounted = counts.teed + counts.passed_through + counts.skipped.values().sum::<u64>();
    let residual = assessment.totals.residual.legacy + assessment.totals.residual.gated;
    vec![
        Row::of("received = teed + passed through + skipped", counts.received, accounted),
        Row::of("orders and documents unaccounted for", 0, residual),
    ]
}

fn number(count: Count, assessment: &Assessment) -> u64 {
    let aside = |reason: &str| assessment.totals.documents_aside.legacy.get(reason).copied().unwrap_or_default();
    let clock =
        |lane: Lane| assessment.run.lanes.get(lane).clock_offset_us.unwrap_or_default().unsigned_abs() / 1_000_000;
    let rejected = |class| {
        let rejections = assessment.decisions.iter().filter(|it| it.lane == Lane::Gated && it.class == class);
        rejections.map(|it| it.committed + it.agreed + it.caught + it.both + it.neither + it.open).sum()
    };
    match count {
        Count::Gaps => assessment.run.gaps,
        Count::GapsUnexplained => assessment.run.gaps_unexplained,
        Count::Received => assessment.run.counts.received,
        Count::Teed => assessment.run.counts.teed,
        Count::Captured => assessment.totals.orders_captured,
        Count::Redelivered => assessment.run.counts.redelivered,
        Count::CensusMissing => assessment.census.missing,
        Count::CarriedOver => aside("carried_over"),
        Count::PhantomsLegacy => aside("phantom"),
        Count::ReadingsBroken => assessment.run.lanes.gated.readings_broken,
        Count::ClockOffLegacyS => clock(Lane::Legacy),
        Count::ClockOffGatedS => clock(Lane::Gated),
        Count::UnitsCaptured => {
            all_units(assessment).and_then(|row| u64::try_from(row.captured).ok()).unwrap_or_default()
        }
        Count::Currencies => assessment.tie_out.money.len() as u64,
        Count::UnitsLostLegacy => units(all_units(assessment).and_then(|row| row.legacy.as_ref()), Some("lost")),
        Count::SkusLostLegacy => {
            let lost = |row: &&TieOutRow| row.name.is_some() && units(row.legacy.as_ref(), Some("lost")) > 0;
            assessment.tie_out.units.iter().filter(lost).count() as u64
        }
        Count::UnitsMissingGated => units(all_units(assessment).and_then(|row| row.gated.as_ref()), None),
        Count::RejectedUnknownSku => rejected(ReasonClass::UnknownSku),
        Count::RejectedTax => rejected(ReasonClass::Tax),
        Count::RejectedCustomer => rejected(ReasonClass::Customer),
    }
}

/// The units of all SKUs together.
fn all_units(assessment: &Assessment) -> Option<&TieOutRow> {
    assessment.tie_out.units.iter().find(|row| row.name.is_none())
}

/// Units that were ordered and are not there, for this cause or for any.
fn units(side: Option<&TieOutSide>, cause: Option<&str>) -> u64 {
    let missing = side.iter().flat_map(|side| &side.missing);
    let missing = missing.filter(|(of, _)| cause.is_none_or(|cause| cause == *of)).map(|(_, units)| units);
    u64::try_from(missing.sum::<rust_decimal::Decimal>()).unwrap_or_default()
}

/// Keys by position, for those who ask for single orders.
pub(super) fn keys(
    numbers: &BTreeSet<OrderNumber>,
    key_of: impl Fn(OrderNumber) -> OrderKey,
) -> Vec<(OrderNumber, OrderKey)> {
    numbers.iter().map(|number| (*number, key_of(*number))).collect()
}
