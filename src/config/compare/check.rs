//! What only shows when the rules are held against the lanes: what they select, and what would be hidden by it.

use super::super::draft::Draft;
use super::super::lane::LaneDraft;
use super::super::reader::{Context, shown};
use super::built_in::{Part, parts};
use super::rule::RuleDraft;
use super::shape::{self, document};
use crate::diff::{Action, Common, Path, RuleScope, Subject, by_name, of_places};
use crate::judge::DocumentShape;
use crate::order::OrderPlaces;
use crate::outcome::{Lane, PerLane};

/// A place of which is known what stands there, and what says so.
struct Known {
    path: Path,
    subject: Subject,
    said_by: String,
}

pub(in super::super) fn check(draft: &Draft, context: &Context<'_>) {
    let in_terms = draft.compare.shape(&draft.lanes) == DocumentShape::InCommonTerms;
    let (of_terms, of_documents) = (known("the comparison in common terms", Common::subjects()), documents(draft));
    for draft_rule in &draft.compare.rules {
        let rule = &draft_rule.rule;
        let in_terms = in_terms || rule.between == RuleScope::Order;
        let known = if in_terms { &of_terms } else { &of_documents };
        match &rule.action {
            Action::Ignore if !rule.dangerous => ignored(draft_rule, known, context),
            Action::Tolerance { .. } => {
                tolerated(draft_rule, known, context);
                currency(draft_rule, &draft.lanes, context);
            }
            _ => {}
        }
        of_order(draft_rule, &draft.lanes, context);
        if in_terms {
            common_terms(draft_rule, known, context);
        }
    }
    shape::check(&draft.compare, &draft.lanes, context);
}

fn known(said_by: &str, of: Vec<(Path, Subject)>) -> Vec<Known> {
    of.into_iter().map(|(path, subject)| Known { path, subject, said_by: said_by.to_owned() }).collect()
}

/// What is known of places in the lanes' documents. An ERP may have kept the storefront's names, so `[order]` counts.
fn documents(draft: &Draft) -> Vec<Known> {
    let mut found = Vec::new();
    for lane in Lane::ALL {
        let own = draft.lanes.get(*lane);
        let places = document(own).map(of_places).unwrap_or_default();
        found.extend(known(&format!("`[lane.{lane}.document]`"), places));
        let keys = parts(own.poll.as_ref().map(|draft| &draft.poll), own.import.as_ref());
        let keys = keys.into_iter().filter(|(part, _)| *part == Part::OrderKey);
        let keys = keys.map(|(_, path)| (path, Subject::Identity)).collect();
        found.extend(known(&format!("the `order_key` of lane `{lane}`"), keys));
    }
    found.extend(known("`[order]`", of_places(&draft.order)));
    found
}

/// Whoever ignores what an order is about says that it is meant.
fn ignored(draft: &RuleDraft, known: &[Known], context: &Context<'_>) {
    const WRITE: &str = "if that is meant, write dangerous = true and the reason";
    let path = &draft.rule.path;
    let by_its_name = path.names().is_none_or(|names| names.iter().any(|name| by_name(name).is_some()));
    let what = if by_its_name {
        format!("`{}` is an identity, money or a quantity, and would be ignored", shown(path.as_str()))
    } else if let Some(known) = known.iter().find(|known| known.path.meets(path)) {
        let subject = with_article(known.subject);
        format!("`{}` is {subject} by {}, and would be ignored", shown(path.as_str()), known.said_by)
    } else {
        return;
    };
    context.absent(Some(draft.path.clone()), what, WRITE);
}

/// Amounts may be off by rounding; what was ordered, and how many, may not.
fn tolerated(draft: &RuleDraft, known: &[Known], context: &Context<'_>) {
    let path = &draft.rule.path;
    let is_no_money = |subject: &Subject| matches!(subject, Subject::Identity | Subject::Quantity);
    let by_its_name = path.names().into_iter().flatten().filter_map(by_name).find(is_no_money);
    let by_place = || known.iter().find(|known| is_no_money(&known.subject) && known.path.meets(path));
    let why = match by_its_name {
        Some(subject) => with_article(subject).to_owned(),
        None => match by_place() {
            Some(known) => format!("{} by {}", with_article(known.subject), known.said_by),
            None => return,
        },
    };
    let what = format!("a tolerance is for money, and `{}` is {why}", shown(path.as_str()));
    let write = "select the amounts alone, such as `$.total`; what else may differ takes ignore = true and a reason";
    context.fault(Some(draft.action.clone()), what, write);
}

const fn with_article(subject: Subject) -> &'static str {
    match subject {
        Subject::Identity => "an identity",
        Subject::Money => "money",
        Subject::Price => "a price",
        Subject::Quantity => "a quantity",
    }
}

/// What a minor unit is, the currency says; without one no tolerance would ever hold.
fn currency(draft: &RuleDraft, lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    let names = |places: &OrderPlaces| places.currency.is_some() || places.currency_else.is_some();
    let lacks = |lane: &Lane| match (document(lanes.get(*lane)), draft.rule.between) {
        (Some(places), _) => !names(places),
        (None, between) => between == RuleScope::Lanes,
    };
    let lacking: Vec<String> =
        Lane::ALL.iter().filter(|lane| lacks(lane)).map(|lane| format!("`[lane.{lane}.document]`")).collect();
    if !lacking.is_empty() {
        let lacking = lacking.join(" and ");
        let what = format!("a tolerance needs the currency, which is not named in {lacking}");
        let write = format!("write currency = \"/currency\", its place, or currency_else = \"EUR\", into {lacking}");
        context.absent(Some(draft.action.clone()), what, write);
    }
}

/// An order is compared with documents of which is known where its parts stand.
fn of_order(draft: &RuleDraft, lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    if draft.rule.between == RuleScope::Order && Lane::ALL.iter().all(|lane| document(lanes.get(*lane)).is_none()) {
        let what = "this rule is for orders against documents, and no lane has a `[lane.X.document]`";
        let write = "write it with lines, sku and quantity, or take `between` out: documents are then compared";
        context.absent(draft.between.clone(), what, write);
    }
}

/// In common terms there are only few places, and they have one name.
fn common_terms(draft: &RuleDraft, terms: &[Known], context: &Context<'_>) {
    let path = &draft.rule.path;
    let others = ["$", "$.lines", "$.lines[*]"].into_iter().filter_map(|text| Path::parse(text).ok());
    let reaches = terms.iter().any(|known| known.path.meets(path)) || others.into_iter().any(|other| other.meets(path));
    if !reaches {
        let what = format!("`{}` selects nothing: it is applied to what is in common terms", shown(path.as_str()));
        let write =
            "select `$.lines[*]` with sku, quantity or price, or `$.total`, `$.tax`, `$.currency` or `$.customer`";
        context.warn(Some(draft.path.clone()), what, write);
    } else if matches!(draft.rule.action, Action::Rename { .. }) {
        let what = "another name does nothing in common terms, where both sides have the same names";
        context.warn(Some(draft.action.clone()), what, "take the rule out");
    }
}
