//! Differences between documents in plain words: what differs where, how often, for how much, and who acts.

use super::{counted, is_any, money, percent, value};
use crate::diff::{Class, Matching, Severity, Subject};
use crate::judge::{Assessment, Between, FindingExample, FindingSummary};
use crate::order::OrderKey;

/// Kinds of differences that a page lists; the JSON has up to two hundred.
const OPEN_SHOWN: usize = 20;

/// Kinds of explained differences that a page lists: what a rule explains is also told beside the rule.
const EXPLAINED_SHOWN: usize = 10;

/// The findings as a page lists them.
pub(in crate::report) struct Listing<'a> {
    /// Those that nothing explains.
    pub(in crate::report) open: Vec<&'a FindingSummary>,
    /// Those that a rule explains, or that are only written otherwise.
    pub(in crate::report) explained: Vec<&'a FindingSummary>,
    /// What is left out, in sentences.
    pub(in crate::report) left_out: Vec<String>,
}

/// The findings in their order, the first of each sort, as many as a text has room for.
pub(in crate::report) fn listing(assessment: &Assessment) -> Listing<'_> {
    listing_of(assessment, OPEN_SHOWN, EXPLAINED_SHOWN)
}

/// The same with at most so many that nothing explains, and so many that something does.
pub(in crate::report) fn listing_of(assessment: &Assessment, open_max: usize, explained_max: usize) -> Listing<'_> {
    let (mut open, mut explained): (Vec<_>, Vec<_>) =
        assessment.findings.iter().partition(|row: &&FindingSummary| row.unexplained > 0);
    let mut left_out = Vec::new();
    let more = |rows: &mut Vec<_>, shown: usize| {
        let more = rows.len().saturating_sub(shown);
        rows.truncate(shown);
        more as u64
    };
    let (open_more, explained_more) = (more(&mut open, open_max), more(&mut explained, explained_max));
    let kinds = |number: u64, what: &str| format!("{} of {what}: see the JSON.", counted(number, "more kind"));
    left_out.extend((open_more > 0).then(|| kinds(open_more, "unexplained differences")));
    left_out.extend((explained_more > 0).then(|| kinds(explained_more, "explained differences")));
    let beyond = assessment.findings_beyond;
    left_out.extend((beyond > 0).then(|| format!("{beyond} more are counted, not listed.")));
    Listing { open, explained, left_out }
}

/// How many findings count, for a heading.
pub(in crate::report) fn findings_count(assessment: &Assessment) -> String {
    let open = assessment.findings.iter().any(|row| row.unexplained > 0);
    match assessment.comparison.unexplained {
        0 if !is_any(&assessment.comparison) && !open => "nothing was compared".to_owned(),
        0 if open => "none against the cutover".to_owned(),
        0 if assessment.findings.is_empty() => "none".to_owned(),
        0 => "none unexplained".to_owned(),
        unexplained => format!("{unexplained} unexplained"),
    }
}

/// Where it differs and how: `/lines[sku]/quantity: value differs between legacy and gated`.
pub(in crate::report) fn difference(row: &FindingSummary) -> String {
    format!("{}: {}", place(&row.path), class(row.class, row.between))
}

/// A place for a reader; the root has no name of its own.
pub(in crate::report) const fn place(path: &str) -> &str {
    if path.is_empty() { "the whole document" } else { path }
}

/// How two values differ, the sides named.
pub(in crate::report) fn class(class: Class, between: Between) -> String {
    let (left, right) = between.sides();
    let left = if left == "order" { "the order" } else { left };
    let how = match class {
        Class::Missing => return format!("missing on {right}, {left} has it"),
        Class::Extra => return format!("on {right} alone, {left} lacks it"),
        Class::Moved => "the same value at another place,",
        Class::Type => "type differs",
        Class::Value => "value differs",
        Class::Representation => "written differently, the same value,",
        Class::DuplicateMember => "a name occurs twice in one object,",
        Class::TooComplex => "not compared to its end",
        Class::Unreadable => "one is no JSON,",
        Class::Resegmented => "the same goods in other lines,",
        Class::Drift => "small differences within a tolerance that go one way,",
    };
    format!("{how} between {left} and {right}")
}

/// How grave, and about what; `None` where there is nothing to say.
pub(in crate::report) fn gravity(severity: Severity, subject: Option<Subject>) -> Option<String> {
    (severity == Severity::Grave)
        .then(|| subject.map_or_else(|| "grave".to_owned(), |subject| format!("grave, {subject}")))
}

/// How often: `14 in 12 orders, 3.1 % of those compared`.
pub(in crate::report) fn extent(row: &FindingSummary) -> String {
    let orders = format!("{}, {} of those compared", counted(row.orders_count, "order"), percent(row.rate));
    // A drift is one finding about many orders.
    if row.class == Class::Drift { format!("in {orders}") } else { format!("{} in {orders}", row.count) }
}

/// How often, how grave, who acts, and whether it counts.
pub(in crate::report) fn facts(row: &FindingSummary) -> String {
    let mut words = vec![extent(row)];
    words.extend(gravity(row.severity, row.subject));
    words.push(format!("for {}", row.owner));
    words
        .extend(row.rule.filter(|_| row.class == Class::Drift).map(|rule| format!("rule {rule} masks each by itself")));
    words
        .extend((!row.between.counts()).then(|| "what legacy makes of orders, not counted against the cutover".into()));
    words.join("; ")
}

/// The money that it moves, right side less left.
pub(in crate::report) fn moves(row: &FindingSummary) -> Option<String> {
    money(&row.money, row.money_unread)
}

/// How two elements came together, where others could have been meant.
pub(in crate::report) const fn paired(matching: Option<Matching>) -> Option<&'static str> {
    match matching {
        Some(Matching::LeastCost) => Some("paired with what it differs from least, among several"),
        Some(Matching::Bounded) => Some("paired in turn, beyond the bound of the search: better pairs may exist"),
        Some(Matching::Order | Matching::Key | Matching::Equal) | None => None,
    }
}

/// Said of a difference that what was ordered explains: evidence for the cutover.
pub(in crate::report) const BY_ORDER: &str = "gated says what was ordered, legacy doesn't";

/// Why it doesn't count.
pub(in crate::report) fn explanation(row: &FindingSummary) -> Option<String> {
    match (row.rule, row.class) {
        _ if row.by_order => Some(BY_ORDER.to_owned()),
        (Some(rule), _) => Some(format!("explained by rule {rule}")),
        // The class says it already.
        (None, Class::Representation | Class::Resegmented) => None,
        (None, _) => Some("only written differently".to_owned()),
    }
}

/// An explained difference in one line.
pub(in crate::report) fn explained(row: &FindingSummary) -> String {
    let mut words = vec![format!("{}: {}", difference(row), extent(row))];
    words.extend(moves(row).map(|money| format!("money {money}")));
    words.extend(explanation(row));
    words.join("; ")
}

/// `5001, 5002 and 10 more`; `None` where no order is known.
pub(in crate::report) fn first_orders(orders: &[OrderKey], all: u64) -> Option<String> {
    let names: Vec<&str> = orders.iter().map(OrderKey::as_str).collect();
    let more = all.saturating_sub(orders.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
}

/// Both sides of an example: the name of the side, and what is there.
pub(in crate::report) fn example(row: &FindingSummary, example: &FindingExample) -> Vec<(&'static str, String)> {
    let left = (example.left.as_deref(), example.left_place.as_deref());
    let right = (example.right.as_deref(), example.right_place.as_deref());
    both(row.between, row.class, [left, right])
}

/// The text and the place on both sides, by the name of the side. Of what is no JSON, the other side is not looked at.
pub(in crate::report) fn both(
    between: Between,
    class: Class,
    [left, right]: [(Option<&str>, Option<&str>); 2],
) -> Vec<(&'static str, String)> {
    let names = between.sides();
    let sides = [(names.0, left), (names.1, right)].into_iter();
    let looked_at = sides.filter(|(_, (text, _))| class != Class::Unreadable || text.is_some());
    looked_at.map(|(side, (text, place))| (side, there(text, place))).collect()
}

/// What one side has, and where.
fn there(text: Option<&str>, place: Option<&str>) -> String {
    match (text, place.filter(|place| !place.is_empty())) {
        (Some(text), Some(place)) => format!("{} at {place}", value(text)),
        (Some(text), None) => value(text),
        (None, Some(place)) => format!("at {place}"),
        (None, None) => "nothing".to_owned(),
    }
}
