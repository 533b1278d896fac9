//! Rules that follow from the rest of the configuration, so that nobody needs to write them.

use super::super::{Import, LaneConfig, Poll, PollFrom, RowPlace};
use crate::diff::{Action, Common, Path, Rule, RuleScope};
use crate::judge::{ComparePolicy, DocumentShape};
use crate::order::Pointer;
use crate::outcome::PerLane;

/// What a document is told from others by. It is the ledger's own, and judged elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Its number.
    Reference,
    /// When it was committed.
    CommittedAt,
    /// The order's name, which pairs the lanes.
    OrderKey,
}

impl Part {
    const fn reason(self) -> &'static str {
        match self {
            Self::Reference => "each ledger's own document number",
            Self::CommittedAt => "when each ledger committed; commit times are judged by themselves",
            Self::OrderKey => "names of the order, by which the documents were paired",
        }
    }
}

/// The rules behind those that were written. What a written rule does for ever is not done again.
pub(in super::super) fn built_in(compare: &ComparePolicy, lanes: &PerLane<LaneConfig>) -> Vec<Rule> {
    let mut rules = match compare.documents {
        DocumentShape::AsTheyAre => as_they_are(lanes),
        DocumentShape::InCommonTerms => Common::line_rule(RuleScope::Lanes).into_iter().collect(),
    };
    if lanes.legacy.document.is_some() || lanes.gated.document.is_some() {
        rules.extend(Common::line_rule(RuleScope::Order));
    }
    rules.retain(|rule| !compare.rules.iter().any(|written| does(written, rule)));
    rules
}

fn does(written: &Rule, rule: &Rule) -> bool {
    let same = written.path == rule.path && written.action == rule.action && written.between == rule.between;
    same && written.dangerous == rule.dangerous && written.expires.is_none()
}

fn as_they_are(lanes: &PerLane<LaneConfig>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for lane in [&lanes.legacy, &lanes.gated] {
        for (part, path) in parts(lane.poll.as_ref(), lane.import.as_ref()) {
            if !rules.iter().any(|rule| rule.path == path) {
                rules.push(rule(path, Action::Ignore, Some(part.reason())));
            }
        }
    }
    rules.extend(lines(lanes).into_iter().map(|(path, key)| rule(path, Action::MatchBy(vec![key]), None)));
    rules
}

fn rule(path: Path, action: Action, reason: Option<&str>) -> Rule {
    let dangerous = action == Action::Ignore;
    Rule {
        path,
        action,
        reason: reason.map(str::to_owned),
        dangerous,
        expires: None,
        between: RuleScope::Lanes,
        built_in: true,
    }
}

/// Where documents have what they are told by. Of a query the row is the document, unless it has a column of that name:
/// in a document of its own `reference` may be the customer's, and nothing is known of it.
pub(super) fn parts(poll: Option<&Poll>, import: Option<&Import>) -> Vec<(Part, Path)> {
    let mut places: Vec<(Part, Option<Pointer>)> = Vec::new();
    let mut put = |reference, committed_at, order_key| {
        places.extend([
            (Part::Reference, reference),
            (Part::CommittedAt, committed_at),
            (Part::OrderKey, Some(order_key)),
        ]);
    };
    match poll.map(|poll| &poll.from) {
        Some(PollFrom::Http(http)) => {
            put(Some(http.reference.clone()), http.committed_at.clone(), http.order_key.clone());
        }
        Some(PollFrom::Sql(sql)) if !has_documents(&sql.query) => {
            let column = |name| Pointer::of([name]);
            put(Some(column("reference")), Some(column("committed_at")), column("order_key"));
        }
        Some(PollFrom::Sql(_)) | None => {}
    }
    if let Some(import) = import.filter(|import| import.document.is_none()) {
        let of = |place: &Option<RowPlace>| place.as_ref().map(in_row);
        put(of(&import.reference), of(&import.at), in_row(&import.order_key));
    }
    places.into_iter().filter_map(|(part, place)| Some((part, Path::to(&place?)?))).collect()
}

/// Whether a query names a column `document`.
fn has_documents(query: &str) -> bool {
    query
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| word.eq_ignore_ascii_case("document"))
}

/// A row of an export as the document that it is: an object with a member for each heading.
fn in_row(place: &RowPlace) -> Pointer {
    match place {
        RowPlace::Column(heading) => Pointer::of([heading.as_str()]),
        RowPlace::Pointer(pointer) => pointer.clone(),
    }
}

/// The lists of lines, and the member that tells lines apart. Where both lanes have theirs at one place and call that
/// member differently, no name pairs them.
fn lines(lanes: &PerLane<LaneConfig>) -> Vec<(Path, String)> {
    let of = |lane: &LaneConfig| {
        let places = lane.document.as_ref()?;
        let [key] = places.sku.as_ref()?.tokens() else { return None };
        Some((Path::to(places.lines.as_ref()?)?, key.clone()))
    };
    match (of(&lanes.legacy), of(&lanes.gated)) {
        (Some(legacy), Some(gated)) if legacy == gated => vec![legacy],
        (Some(legacy), Some(gated)) if legacy.0 == gated.0 => Vec::new(),
        (legacy, gated) => legacy.into_iter().chain(gated).collect(),
    }
}
