//! What the text and the Markdown say alike: the sentence of the decision, the tally of requests, the
//! control totals, and who has to do what.

use std::collections::BTreeSet;

use crate::judge::{
    Assessment, CensusSummary, Conservation, Counts, Decision, Exception, ExceptionKind, ExtractSummary, Fate, Gate,
    LaneSummary, Owner,
};
use crate::outcome::{Lane, PerLane, Signature, Witness};

use super::layout::{instant, span};

/// Why the decision is what it is, in a sentence or two.
pub(super) fn why(assessment: &Assessment) -> String {
    let gates = &assessment.gates;
    let decisive: Vec<&Gate> = gates.iter().filter(|gate| gate.status == assessment.decision).collect();
    match assessment.decision {
        Decision::Go => format!("Safe to cut over: all {} gates hold.", gates.len()),
        Decision::Inconclusive => {
            let names: Vec<&str> = decisive.iter().map(|gate| gate.name.as_str()).collect();
            let first = decisive.first().map(|gate| gate.reason.as_str()).unwrap_or_default();
            format!("The evidence does not suffice for {}. {first}", names.join(", "))
        }
        Decision::NoGo => {
            let breaches = decisive.iter().map(|gate| format!("{} ({})", gate.name, gate.measured));
            format!("Do not cut over: {}.", breaches.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The judged window.
pub(super) fn window(assessment: &Assessment) -> String {
    format!("{} to {} UTC", instant(assessment.run.begin), instant(assessment.run.until))
}

/// The judge's only now.
pub(super) fn as_of(assessment: &Assessment) -> String {
    format!("{} UTC, the journal's last seal", instant(assessment.run.as_of))
}

/// Which run this is. The label is as the operator wrote it, not yet made harmless.
pub(super) fn run(assessment: &Assessment) -> String {
    let run = &assessment.run;
    let label = run.label.as_ref().map(|label| format!(" \"{label}\"")).unwrap_or_default();
    let kind = run.live_run.map_or_else(|| "a rehearsal".to_owned(), |number| format!("live run {number}"));
    format!("{}{label}, {kind}", run.number)
}

/// Orders captured, judged and pending, counted on the gated lane.
pub(super) fn orders(assessment: &Assessment) -> String {
    let count = |fate| assessment.fates.gated.get(&fate).copied().unwrap_or_default();
    let (pending, excluded) = (count(Fate::Pending), count(Fate::Excluded));
    let captured = assessment.totals.orders_captured;
    let mut words =
        vec![format!("{captured} captured"), format!("{} judged", captured.saturating_sub(pending + excluded))];
    words.extend((pending > 0).then(|| format!("{pending} pending")));
    words.extend((excluded > 0).then(|| format!("{excluded} excluded")));
    words.join(", ")
}

/// `received = teed + passed through + skipped`, with what is left over named rather than hidden.
pub(super) fn tally(counts: &Counts) -> String {
    let skipped: u64 = counts.skipped.values().sum();
    let reasons: Vec<String> = counts.skipped.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let known = counts.teed + counts.passed_through + skipped;
    let rest = match counts.received.checked_sub(known) {
        Some(0) => String::new(),
        Some(flying) => format!(" + in flight {flying}"),
        None => format!("; {} too many: the counters do not tie out", known - counts.received),
    };
    format!(
        "received {} = teed {} + passed through {} + skipped {skipped}{reasons}{rest}",
        counts.received, counts.teed, counts.passed_through
    )
}

/// What a reader must know of a lane, in one line.
pub(super) fn lane(lane: &LaneSummary) -> String {
    let mut words = vec![format!("{}, {}, {} ledger", lane.role, lane.flow, lane.ledger)];
    words.push(match (lane.readings_complete, lane.readings_broken) {
        (0, 0) if lane.watermark.is_some() => "told, not polled".to_owned(),
        (0, 0) => "never read back".to_owned(),
        (complete, 0) => format!("{complete} complete readings"),
        (complete, broken) => format!("{complete} complete and {broken} broken readings"),
    });
    words.extend(lane.watermark.map(|at| format!("seen up to {} UTC", instant(at))));
    words.extend((lane.watermarks > 0).then(|| counted(lane.watermarks, "watermark")));
    words.extend(lookups(lane));
    words.extend(lane.clock_offset_us.map(|us| format!("its clock {}", ahead(us))));
    words.extend(lane.clock_skew_max_us.map(declared));
    let sources: Vec<String> = lane.sources.iter().map(|(source, outcomes)| format!("{source} {outcomes}")).collect();
    words.extend((!sources.is_empty()).then(|| format!("outcomes by {}", sources.join(", "))));
    words.join("; ")
}

fn lookups(lane: &LaneSummary) -> Option<String> {
    let failed = if lane.lookups_failed > 0 { format!(", {} failed", lane.lookups_failed) } else { String::new() };
    (lane.lookups > 0).then(|| format!("{}{failed}", counted(lane.lookups, "look-up")))
}

/// `1 watermark`, `2 watermarks`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// What deliveries and signatures showed, in sentences; `None` where there is nothing to say.
pub(super) fn deliveries(counts: &Counts) -> Option<String> {
    let mut words = Vec::new();
    words.extend((counts.redelivered > 0).then(|| format!("{} redelivered", counts.redelivered)));
    let again = counts.same_order_again;
    words.extend((again > 0).then(|| format!("{again} of an order that was there, by another event")));
    let what = |signature| match signature {
        Signature::Good => "good",
        Signature::Bad => "bad",
        Signature::Missing => "missing",
        Signature::Unchecked => "unchecked",
    };
    let signed: Vec<String> =
        counts.signatures.iter().map(|(signature, count)| format!("{count} {}", what(*signature))).collect();
    words.extend((!signed.is_empty()).then(|| format!("signatures: {}", signed.join(", "))));
    (!words.is_empty()).then(|| words.join("; "))
}

/// Whether there is a third witness, and how far it reaches.
pub(super) fn witness(census: &CensusSummary) -> String {
    let through = census.complete_through.map(|at| format!("Complete through {} UTC by its clock.", instant(at)));
    match (census.imported, census.expected) {
        (true, _) => through.unwrap_or_else(|| "Imported, and not declared complete.".to_owned()),
        (false, true) => "Expected, and none was imported.".to_owned(),
        (false, false) => "No third witness: none is expected, and none was imported.".to_owned(),
    }
}

/// The census, row by row: what is listed first, then what it is the sum of, then what it lacks. Nothing without one.
pub(super) fn census(census: &CensusSummary) -> Vec<(String, u64)> {
    if !census.imported {
        return Vec::new();
    }
    let mut rows = vec![("orders listed", census.listed), ("captured", census.captured)];
    let some = [
        ("before_the_run", census.before_the_run),
        ("carried_over", census.carried_over),
        ("not_yet", census.not_yet),
        ("shared_name", census.shared_name),
        ("round_the_tee", census.round_the_tee),
        ("in_doubt", census.in_doubt),
    ];
    rows.extend(some.into_iter().filter(|(_, count)| *count > 0));
    let mut rows: Vec<(String, u64)> = rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    rows.extend(census.excluded.iter().map(|(reason, count)| (format!("excluded: {reason}"), *count)));
    rows.push(("missing".to_owned(), census.missing));
    rows.push(("residual".to_owned(), census.residual));
    rows.push(("captured, not listed".to_owned(), census.unlisted));
    rows
}

/// A file that was imported, in one line.
pub(super) fn extract(extract: &ExtractSummary) -> String {
    let mut words = vec![format!("{} from {}: {}", extract.lane, extract.file_name, counted(extract.rows, "row"))];
    words.extend((extract.recorded < extract.rows).then(|| format!("{} new", extract.recorded)));
    words.extend(extract.complete_through.map(|at| format!("complete through {} UTC", instant(at))));
    words.extend(extract.error.as_ref().map(|error| format!("not whole: {error}")));
    words.join(", ")
}

fn declared(skew_max_us: u64) -> String {
    let most = jiff::SignedDuration::from_micros(i64::try_from(skew_max_us).unwrap_or(i64::MAX));
    format!("its clock declared to be within {} of ours", span(most))
}

fn ahead(offset_us: i64) -> String {
    let amount = span(jiff::SignedDuration::from_micros(offset_us).abs());
    match offset_us {
        -1_000..=1_000 => "as ours".to_owned(),
        1_001.. => format!("{amount} ahead"),
        _ => format!("{amount} behind"),
    }
}

/// Gaps, said even when there are none.
pub(super) fn gaps(assessment: &Assessment) -> String {
    match (assessment.run.gaps, assessment.run.gaps_unexplained) {
        (0, _) => "none".to_owned(),
        (gaps, 0) => format!("{gaps}, all explained"),
        (gaps, open) => format!("{gaps}, {open} not explained"),
    }
}

/// The fates that occur on either lane, with their counts.
pub(super) fn fates(assessment: &Assessment) -> Vec<(Fate, PerLane<u64>)> {
    let both: BTreeSet<Fate> = Lane::ALL.iter().flat_map(|lane| assessment.fates.get(*lane).keys().copied()).collect();
    let count = |fate| PerLane::from_fn(|lane| assessment.fates.get(lane).get(&fate).copied().unwrap_or_default());
    both.into_iter().map(|fate| (fate, count(fate))).collect()
}

/// The control totals, row by row, in the order in which they add up.
pub(super) fn totals(totals: &Conservation) -> Vec<(String, PerLane<u64>)> {
    let captured = totals.orders_captured;
    let mut rows = vec![
        ("orders captured".to_owned(), PerLane { legacy: captured, gated: captured }),
        ("orders with a fate".to_owned(), totals.orders_accounted),
        ("documents in the ledger".to_owned(), totals.documents),
        ("of captured orders".to_owned(), totals.documents_of_orders),
    ];
    let reasons: BTreeSet<&String> =
        Lane::ALL.iter().flat_map(|lane| totals.documents_aside.get(*lane).keys()).collect();
    for reason in reasons {
        let count = |lane| totals.documents_aside.get(lane).get(reason).copied().unwrap_or_default();
        rows.push((format!("set aside: {reason}"), PerLane::from_fn(count)));
    }
    rows.push(("residual".to_owned(), totals.residual));
    rows
}

/// Whether captured orders and documents account for each other, in a sentence; `Err` when they don't.
pub(super) fn tie_out(totals: &Conservation, census: &CensusSummary) -> Result<&'static str, &'static str> {
    let none = PerLane { legacy: 0, gated: 0 };
    if totals.residual != none || census.residual != 0 {
        return Err("The residual is not zero: the evidence is broken.");
    }
    let nothing = totals.orders_captured == 0 && totals.documents == none;
    Ok(if nothing { "There is nothing to account for." } else { "Every order and every document is accounted for." })
}

/// Exceptions that call for the same action by the same owner.
pub(super) struct Task<'a> {
    pub(super) owner: Owner,
    pub(super) lane: Witness,
    pub(super) fate: &'static str,
    pub(super) next_action: &'a str,
    pub(super) orders: Vec<&'a Exception>,
}

/// The exceptions by owner and action; owners and actions in the order of their worst exception.
pub(super) fn tasks(exceptions: &[Exception]) -> Vec<Task<'_>> {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for exception in exceptions {
        let fate = exception.kind.as_str();
        let (owner, lane, next_action) = (exception.owner, exception.lane, exception.next_action.as_str());
        let same = |task: &&mut Task<'_>| {
            (task.owner, task.lane, task.fate, task.next_action) == (owner, lane, fate, next_action)
        };
        match tasks.iter_mut().find(same) {
            Some(task) => task.orders.push(exception),
            None => tasks.push(Task { owner, lane, fate, next_action, orders: vec![exception] }),
        }
    }
    let mut owners: Vec<Owner> = Vec::new();
    for task in &tasks {
        if !owners.contains(&task.owner) {
            owners.push(task.owner);
        }
    }
    // A stable sort: within an owner the worst stays first.
    tasks.sort_by_key(|task| owners.iter().position(|owner| *owner == task.owner));
    tasks
}

impl Task<'_> {
    /// What it is about: `2 orders lost on gated`, `1 document phantom on legacy`.
    pub(super) fn subject(&self) -> String {
        let is_phantom = |exception: &&Exception| exception.kind == ExceptionKind::Phantom;
        let what = if self.orders.iter().any(is_phantom) { "document" } else { "order" };
        let plural = if self.orders.len() == 1 { "" } else { "s" };
        match self.lane {
            Witness::Census => format!("{} {what}{plural} {}, by the census", self.orders.len(), self.fate),
            lane => format!("{} {what}{plural} {} on {lane}", self.orders.len(), self.fate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_names_what_is_left_over() {
        let skipped = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        for (received, skips, expected) in [
            (10, skipped(&[]), "received 10 = teed 6 + passed through 4 + skipped 0"),
            (
                13,
                skipped(&[("empty_body", 1), ("no_json", 2)]),
                "received 13 = teed 6 + passed through 4 + skipped 3 (empty_body 1, no_json 2)",
            ),
            (12, skipped(&[]), "received 12 = teed 6 + passed through 4 + skipped 0 + in flight 2"),
            (
                9,
                skipped(&[]),
                "received 9 = teed 6 + passed through 4 + skipped 0; 1 too many: the counters do not tie out",
            ),
        ] {
            let counts = Counts { received, teed: 6, passed_through: 4, skipped: skips, ..Counts::default() };
            assert_eq!(tally(&counts), expected);
        }
    }
}
