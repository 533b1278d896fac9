//! What the comparison found for one order: between the lanes, and between what was ordered and each lane.

use super::layout::{Page, Style, Tone};
use super::{inert, words};
use crate::diff::{Amounts, Finding, Findings, RuleScope};
use crate::judge::{Between, Compared, Fate, OrderCompared, Policy, Verdict, owner};
use crate::order::Pointer;
use crate::outcome::Lane;

/// Differences of two sides that are listed, unexplained ones first.
const DIFFERENCES_SHOWN: usize = 50;

/// Columns of a side.
const SIDE: usize = 8;

/// The same as text of its own.
pub(super) fn text(verdict: &Verdict, policy: &Policy, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    list(&mut page, verdict, policy);
    page.finish()
}

/// All differences of an order, or why nothing was compared.
pub(super) fn differences(page: &mut Page, verdict: &Verdict, policy: &Policy) {
    page.heading("Differences");
    list(page, verdict, policy);
}

fn list(page: &mut Page, verdict: &Verdict, policy: &Policy) {
    let Some(OrderCompared { lanes, order }) = &verdict.compared else {
        page.paragraph(2, &format!("not compared: {}", why_none(verdict, policy)));
        return;
    };
    for (between, compared) in [
        (Between::LegacyGated, lanes),
        (Between::OrderGated, order.get(Lane::Gated)),
        (Between::OrderLegacy, order.get(Lane::Legacy)),
    ] {
        sides(page, between, compared, policy);
    }
}

/// Why an order was not compared at all.
fn why_none(verdict: &Verdict, policy: &Policy) -> &'static str {
    let is = |fate: Fate| Lane::ALL.iter().any(|lane| *verdict.fates.get(*lane) == fate);
    match () {
        () if policy.compare.is_none() => "the run was begun by a version that compared no documents",
        () if !verdict.counted => "the order does not count among those of its run",
        () if is(Fate::Excluded) => "the order is excluded",
        () if is(Fate::Pending) => "the order is not judged yet",
        () => "the order is not judged",
    }
}

fn sides(page: &mut Page, between: Between, compared: &Compared, policy: &Policy) {
    let names = words::sides(between);
    let findings = match compared {
        Compared::NotDue => return page.hanging(2, 4, &format!("{names}: {}", not_due(between, policy))),
        Compared::Not(reason) => {
            return page.hanging(2, 4, &format!("{names}: not compared, as {}", words::why_not(*reason)));
        }
        Compared::Found(findings) if findings.list.is_empty() => return page.line(&format!("  {names}: none")),
        Compared::Found(findings) => findings,
    };
    let open = findings.unexplained().count();
    let unexplained = if open == 0 { "none".to_owned() } else { open.to_string() };
    page.line(&format!("  {names}: {unexplained} unexplained, {} explained", findings.list.len() - open));
    let explained = findings.list.iter().filter(|finding| !finding.is_unexplained());
    for finding in findings.unexplained().chain(explained).take(DIFFERENCES_SHOWN) {
        difference(page, between, findings, finding, policy);
    }
    let more = findings.list.len().saturating_sub(DIFFERENCES_SHOWN);
    if more > 0 {
        page.line(&format!("    and {more} more"));
    }
}

/// Why there was nothing to compare.
fn not_due(between: Between, policy: &Policy) -> String {
    match words::lane_of(between) {
        None => "not compared: the order has no document on both lanes".to_owned(),
        Some(lane) if policy.lanes.get(lane).document.is_none() => words::unwritten(lane),
        Some(lane) => {
            format!(
                "not compared: the order has no document on {lane}, or [order] names nothing that its document has too"
            )
        }
    }
}

fn difference(page: &mut Page, between: Between, findings: &Findings, finding: &Finding, policy: &Policy) {
    let mut words = vec![format!("{}: {}", words::place(&finding.path), words::class(finding.class, between))];
    words.push(
        words::gravity(finding.severity, finding.subject).unwrap_or_else(|| finding.severity.as_str().to_owned()),
    );
    words.extend(moves(finding, findings.currency.as_deref()));
    words.extend(finding.is_unexplained().then(|| format!("for {}", owner(finding, policy))));
    words.extend(words::paired(finding.matching).map(str::to_owned));
    words.extend(explanation(between, finding, policy));
    let words = inert(&words.join("; ")).into_owned();
    if finding.is_unexplained() {
        page.tinted(4, if between.counts() { Tone::Bad } else { Tone::Unknown }, &words);
    } else {
        page.hanging(4, 6, &words);
    }
    let place = |place: &Option<Pointer>| place.as_ref().map(ToString::to_string);
    let (left, right) = (place(&finding.legacy), place(&finding.gated));
    let sides = [(finding.legacy_text.as_deref(), left.as_deref()), (finding.gated_text.as_deref(), right.as_deref())];
    for (side, there) in words::both(between, finding.class, sides) {
        page.beside(&format!("      {side:<SIDE$}"), 6 + SIDE, &inert(&there));
    }
}

/// The money that it moves, right side less left.
fn moves(finding: &Finding, currency: Option<&str>) -> Option<String> {
    if finding.money_unread {
        return Some("its money can't be read".to_owned());
    }
    let mut amounts = Amounts::default();
    amounts.add(currency, finding.money.unwrap_or_default());
    words::money(&amounts, 0).map(|money| format!("money {money}"))
}

/// Why it doesn't count.
fn explanation(between: Between, finding: &Finding, policy: &Policy) -> Option<String> {
    match finding.masked_by {
        Some(rule) => Some(match number(between, rule, policy) {
            Some(number) => format!("explained by rule {number}"),
            None => "explained by a rule".to_owned(),
        }),
        None if finding.by_order => Some(words::BY_ORDER.to_owned()),
        None => finding.resegmented.then(|| "the same goods in other lines".to_owned()),
    }
}

/// The number of a rule in the policy: findings count those that are applied to the same sides.
fn number(between: Between, rule: usize, policy: &Policy) -> Option<usize> {
    let scope = if words::lane_of(between).is_none() { RuleScope::Lanes } else { RuleScope::Order };
    let rules = policy.compare.as_ref()?.rules.iter().enumerate();
    rules.filter(|(_, rule)| rule.between == scope).nth(rule).map(|(at, _)| at + 1)
}
