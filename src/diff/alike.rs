//! Whether two sides say the same of what is compared in common terms, as far as it takes no comparison to tell.

use super::rules::Rules;
use super::terms::Common;
use crate::order::{Json, Named, OrderPlaces, Pointer};

/// Lines that are looked at: so many that few orders have more, and few enough that no comparison of them ends at a bound.
const LINES_MAX: usize = 64;

/// Whether two documents whose parts stand at the same places say the same of all parts that are named: in any common terms
/// they are the same, too.
#[must_use]
pub fn say_the_same(places: &OrderPlaces, one: &Json<'_>, other: &Json<'_>) -> bool {
    let alike = |place: &Option<Pointer>| place.as_ref().is_none_or(|place| place.find(one) == place.find(other));
    let OrderPlaces { total, tax, currency, customer, .. } = places;
    [total, tax, currency, customer].into_iter().all(alike) && same_lines(places, one, other)
}

fn same_lines(places: &OrderPlaces, one: &Json<'_>, other: &Json<'_>) -> bool {
    let Some(of) = places.line_places() else { return true };
    let (Named::Value(Json::Array(ours)), Named::Value(Json::Array(theirs))) =
        (of.lines.find(one), of.lines.find(other))
    else {
        return false;
    };
    let parts = [Some(of.sku), Some(of.quantity), places.price.as_ref()];
    let alike = |(own, their): (&Json<'_>, &Json<'_>)| {
        parts.into_iter().flatten().all(|place| place.find(own) == place.find(their))
    };
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(alike)
}

/// A side of a comparison in common terms: what it says, and where its parts stand.
#[derive(Clone, Copy, Debug)]
pub struct Said<'s, 'a> {
    /// Where its parts stand.
    pub places: &'s OrderPlaces,
    /// An order, or the one document of it.
    pub json: &'s Json<'a>,
}

/// How many lines both sides have, where they say the same of all these parts, each part once, numbers and texts alike letter by
/// letter: to compare them finds nothing, and selects the same places as under the same rules for any two with as many lines of which
/// that is so. `None`: they differ, or only a comparison tells.
#[must_use]
pub fn lines_said_alike(rules: &Rules, common: Common, left: Said<'_, '_>, right: Said<'_, '_>) -> Option<usize> {
    // What a rule makes of a key may be another line's.
    if rules.alters_keys() {
        return None;
    }
    let alike = |named: bool, part: fn(&OrderPlaces) -> Option<&Pointer>| {
        !named || same((part(left.places), left.json), (part(right.places), right.json))
    };
    let (own, other) = (left.places.currency_of(left.json), right.places.currency_of(right.json));
    let is_alike = alike(common.total, |places| places.total.as_ref())
        && alike(common.tax, |places| places.tax.as_ref())
        && alike(common.customer, |places| places.customer.as_ref())
        && (!common.currency || own.is_some() && own == other);
    if !is_alike {
        return None;
    }
    if common.lines { lines(common, left, right) } else { Some(0) }
}

fn lines(common: Common, left: Said<'_, '_>, right: Said<'_, '_>) -> Option<usize> {
    let (of_left, of_right) = (left.places.line_places()?, right.places.line_places()?);
    let (ours, theirs) = (list(of_left.lines, left.json)?, list(of_right.lines, right.json)?);
    if ours.len() != theirs.len() || ours.len() > LINES_MAX {
        return None;
    }
    let is_alike = |(own, their): (&Json<'_>, &Json<'_>)| {
        // A line without a SKU belongs to none by its key.
        scalar(Some(of_left.sku), own).and_then(Json::scalar_text).is_some()
            && same((Some(of_left.sku), own), (Some(of_right.sku), their))
            && same((Some(of_left.quantity), own), (Some(of_right.quantity), their))
            && (!common.price || same((left.places.price.as_ref(), own), (right.places.price.as_ref(), their)))
    };
    ours.iter().zip(theirs).all(is_alike).then_some(ours.len())
}

/// Whether the same stands at both places, written alike.
fn same(left: (Option<&Pointer>, &Json<'_>), right: (Option<&Pointer>, &Json<'_>)) -> bool {
    scalar(left.0, left.1).is_some_and(|own| scalar(right.0, right.1) == Some(own))
}

fn list<'s, 'a>(place: &'s Pointer, document: &'s Json<'a>) -> Option<&'s [Json<'a>]> {
    place.get(document)?.as_array()
}

/// What stands at a place, where that is one value that holds no others.
fn scalar<'s, 'a>(place: Option<&'s Pointer>, document: &'s Json<'a>) -> Option<&'s Json<'a>> {
    place?.get(document).filter(|value| !matches!(value, Json::Array(_) | Json::Object(_)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;
    use crate::diff::{Action, Findings, Path, Rule, RuleScope, Terms, diff};
    use crate::outcome::PerLane;

    const SHOP: &str = r#"{"lines":"/line_items","sku":"/sku","quantity":"/quantity","price":"/price","total":"/total_price","currency":"/currency","customer":"/customer/id"}"#;
    const LANE: &str = r#"{"lines":"/items","sku":"/material","quantity":"/units","price":"/price","total":"/total","currency":"/currency","customer":"/sold_to"}"#;

    /// SKU, quantity and price as they are written.
    type Line = (&'static str, &'static str, &'static str);

    fn order(lines: &[Line], total: &str) -> String {
        let line = |(sku, quantity, price): &Line| format!(r#"{{"sku":{sku},"quantity":{quantity},"price":{price}}}"#);
        let lines: Vec<String> = lines.iter().map(line).collect();
        format!(
            r#"{{"line_items":[{}],"total_price":{total},"currency":"EUR","customer":{{"id":7}}}}"#,
            lines.join(",")
        )
    }

    fn document(lines: &[Line], total: &str, more: &str) -> String {
        let line = |(sku, units, price): &Line| format!(r#"{{"price":{price},"units":{units},"material":{sku}}}"#);
        let lines: Vec<String> = lines.iter().map(line).collect();
        format!(r#"{{"currency":" EUR","sold_to":7,"total":{total},"items":[{}]{more}}}"#, lines.join(","))
    }

    fn rules(of: Vec<(&str, Action)>) -> Rules {
        let rule = |(path, action): (&str, Action)| Rule {
            path: Path::parse(path).unwrap(),
            action,
            reason: Some("a test".into()),
            dangerous: true,
            expires: None,
            between: RuleScope::Order,
            built_in: false,
        };
        let currency = PerLane { legacy: Common::currency(), gated: Common::currency() };
        Rules::new(of.into_iter().map(rule).collect(), Common::subjects(), Some(currency), None).unwrap()
    }

    fn compared(rules: &Rules, order: &str, document: &str) -> (Option<usize>, Findings) {
        let (shop, lane): (OrderPlaces, OrderPlaces) =
            (serde_json::from_str(SHOP).unwrap(), serde_json::from_str(LANE).unwrap());
        let common = Common::of(&shop, &lane).unwrap();
        let (order, document) = (Json::parse(order.as_bytes()).unwrap(), Json::parse(document.as_bytes()).unwrap());
        let (left, right) = (Said { places: &shop, json: &order }, Said { places: &lane, json: &document });
        let terms = (Terms::of(&shop, common, &[&order]), Terms::of(&lane, common, &[&document]));
        (lines_said_alike(rules, common, left, right), diff(terms.0.json(), terms.1.json(), rules))
    }

    fn all_actions() -> Vec<(&'static str, Action)> {
        vec![
            ("$.lines", Action::MatchBy(vec!["sku".into()])),
            ("$.lines", Action::MatchBy(vec!["price".into()])),
            ("$.lines", Action::Multiset),
            ("$.lines[*].price", Action::Ignore),
            ("$.lines[0].sku", Action::Ignore),
            ("$.lines[-1:]", Action::Ignore),
            ("$..*", Action::SameInstant),
            ("$.total", Action::Tolerance { minor_units: 1.into(), order_max: None }),
            ("$.nothing", Action::Ignore),
            ("$.customer", Action::Trim),
        ]
    }

    fn line() -> impl Strategy<Value = Line> {
        (
            prop::sample::select(vec![r#""A""#, r#""B""#, r#""C""#, "null", "4"]),
            prop::sample::select(vec!["1", "1.0", r#""1""#, "2", "[2]"]),
            prop::sample::select(vec![r#""9.90""#, r#""9.9""#, r#""5.00""#]),
        )
    }

    #[test]
    fn an_order_and_its_document_that_say_the_same_have_as_many_lines() {
        let line_rule = rules(all_actions().into_iter().take(1).collect());
        let lines = [(r#""A""#, "1", r#""9.90""#), (r#""B""#, "2", r#""5.00""#)];
        let alike = |lines: &[Line], theirs: &[Line], total: &str, more: &str| {
            compared(&line_rule, &order(lines, r#""19.90""#), &document(theirs, total, more)).0
        };
        assert_eq!(alike(&lines, &lines, r#""19.90""#, ""), Some(2));
        assert_eq!(alike(&lines, &lines, r#""19.90""#, r#","note":1"#), Some(2));
        assert_eq!(alike(&[], &[], r#""19.90""#, ""), Some(0));
        assert_eq!(alike(&[lines[0]; 3], &[lines[0]; 3], r#""19.90""#, ""), Some(3));
        let [one, two] = lines;
        for (ours, theirs, total, more) in [
            (vec![one, two], vec![one, two], r#""19.91""#, ""),
            (vec![one, two], vec![one, two], "19.90", ""),
            (vec![one, two], vec![one, two], r#""19.90""#, r#","total":"19.90""#),
            (vec![one, two], vec![two, one], r#""19.90""#, ""),
            (vec![one, two], vec![one], r#""19.90""#, ""),
            (vec![one; LINES_MAX + 1], vec![one; LINES_MAX + 1], r#""19.90""#, ""),
        ] {
            assert_eq!(alike(&ours, &theirs, total, more), None, "{theirs:?} {total} {more}");
        }
        let trims = rules(all_actions().into_iter().rev().take(1).collect());
        let both = (order(&lines, "1"), document(&lines, "1", ""));
        assert_eq!(compared(&trims, &both.0, &both.1).0, None);
    }

    proptest! {
        /// To compare such two finds nothing, and selects as many places as in any others of which that is so.
        #[test]
        fn what_is_said_alike_has_nothing_to_be_found(
            of in subsequence(all_actions(), 0..5),
            lines in prop::collection::vec(line(), 0..6),
            change in prop::option::of((0..6_usize, line())),
            totals in prop::sample::select(vec![("1", "1"), ("\"1\"", "\"1\""), ("1", "\"1\""), ("null", "null"), ("{}", "{}")]),
        ) {
            let rules = rules(of);
            let mut theirs = lines.clone();
            if let Some((at, line)) = change && let Some(place) = theirs.get_mut(at) {
                *place = line;
            }
            let (alike, found) = compared(&rules, &order(&lines, totals.0), &document(&theirs, totals.1, ""));
            if let Some(count) = alike {
                prop_assert_eq!(count, lines.len());
                prop_assert_eq!(&found.list, &[]);
                let skus = [r#""a""#, r#""b""#, r#""c""#, r#""d""#, r#""e""#, r#""f""#];
                let others: Vec<Line> = skus.iter().take(count).map(|sku| (*sku, "3", "\"1.00\"")).collect();
                let (own, known) = compared(&rules, &order(&others, "7"), &document(&others, "7", ""));
                prop_assert_eq!(own, Some(count));
                prop_assert_eq!(found.uses, known.uses);
                prop_assert_eq!(found.currency, known.currency);
            }
        }
    }
}
