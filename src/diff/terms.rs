//! Orders and documents in common terms: lines with SKU, quantity and price, total, tax, currency, customer, whatever
//! shape they come in. A part that either side doesn't name is in neither, so that nothing is found missing that nobody
//! looked for.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::number;
use super::path::Path;
use super::rules::{Action, Rule, RuleScope};
use super::subject::Subject;
use crate::order::{Json, Named, OrderPlaces, Pointer};

/// Names of the common terms.
const LINES: &str = "lines";
const SKU: &str = "sku";
const QUANTITY: &str = "quantity";
const PRICE: &str = "price";
const TOTAL: &str = "total";
const TAX: &str = "tax";
const CURRENCY: &str = "currency";
const CUSTOMER: &str = "customer";

/// How many of them a document has.
const TERMS: usize = 5;

/// Which parts two sides both name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    pub(super) lines: bool,
    pub(super) price: bool,
    pub(super) total: bool,
    pub(super) tax: bool,
    pub(super) currency: bool,
    pub(super) customer: bool,
}

/// An order, or the documents of one, in common terms.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    json: Json<'a>,
    /// Of each line, where it stands in its own document.
    lines: Vec<usize>,
}

impl Common {
    /// What both sides name; `None` where that is nothing. Money is compared with money that is alike net or gross.
    #[must_use]
    pub fn of(left: &OrderPlaces, right: &OrderPlaces) -> Option<Self> {
        let both = |place: fn(&OrderPlaces) -> bool| place(left) && place(right);
        let lines = both(|places| places.line_places().is_some());
        let alike = left.net == right.net;
        let common = Self {
            lines,
            price: lines && alike && both(|places| places.price.is_some()),
            total: alike && both(|places| places.total.is_some()),
            tax: both(|places| places.tax.is_some()),
            currency: both(|places| places.currency.is_some() || places.currency_else.is_some()),
            customer: both(|places| places.customer.is_some()),
        };
        (lines || common.total || common.tax || common.currency || common.customer).then_some(common)
    }

    /// Whether the total is one of them.
    #[must_use]
    pub const fn has_total(self) -> bool {
        self.total
    }

    /// Whether the price of a line is one of them.
    #[must_use]
    pub const fn has_price(self) -> bool {
        self.price
    }

    /// These parts without the one that a place in common terms lies in, such as `/lines[sku]/price`.
    #[must_use]
    pub fn without(self, term: &str) -> Self {
        let name = term.trim_start_matches('/');
        let is = |part: &str| name == part;
        let in_lines = name.starts_with(LINES);
        let is_price = in_lines && name.ends_with(&format!("/{PRICE}"));
        let lines = self.lines && (!in_lines || is_price);
        Self {
            lines,
            price: self.price && lines && !is_price,
            total: self.total && !is(TOTAL),
            tax: self.tax && !is(TAX),
            currency: self.currency && !is(CURRENCY),
            customer: self.customer && !is(CUSTOMER),
        }
    }

    /// The parts of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            lines: self.lines && other.lines,
            price: self.price && other.price,
            total: self.total && other.total,
            tax: self.tax && other.tax,
            currency: self.currency && other.currency,
            customer: self.customer && other.customer,
        }
    }

    /// Whether what stands at `place` of a document is one of the common terms, or lies in one.
    #[must_use]
    pub fn holds(self, places: &OrderPlaces, place: &Pointer) -> bool {
        let begins = |top: &Option<Pointer>| top.as_ref().is_some_and(|top| place.tokens().starts_with(top.tokens()));
        if self.lines && begins(&places.lines) {
            let inner = place.tokens().get(places.lines.as_ref().map_or(0, |lines| lines.tokens().len()) + 1..);
            let is = |named: bool, part: &Option<Pointer>| {
                named && inner.is_some_and(|inner| part.as_ref().is_some_and(|part| inner == part.tokens()))
            };
            // The list itself, a whole line, or a part of one that is compared.
            return inner.is_none_or(<[String]>::is_empty)
                || is(true, &places.sku)
                || is(true, &places.quantity)
                || is(self.price, &places.price);
        }
        let is = |named: bool, own: &Option<Pointer>| named && own.as_ref() == Some(place);
        is(self.total, &places.total)
            || is(self.tax, &places.tax)
            || is(self.currency, &places.currency)
            || is(self.customer, &places.customer)
    }

    /// What the common terms are about.
    #[must_use]
    pub fn subjects() -> Vec<(Path, Subject)> {
        let path = |text: &str, subject| Path::parse(text).ok().map(|path| (path, subject));
        [
            path("$.lines[*].sku", Subject::Identity),
            path("$.lines[*].quantity", Subject::Quantity),
            path("$.lines[*].price", Subject::Price),
            path("$.total", Subject::Money),
            path("$.tax", Subject::Money),
            path("$.currency", Subject::Identity),
            path("$.customer", Subject::Identity),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Lines belong together by their SKU, whatever their order.
    #[must_use]
    pub fn line_rule(between: RuleScope) -> Option<Rule> {
        Some(Rule {
            path: Path::parse("$.lines").ok()?,
            action: Action::MatchBy(vec![SKU.to_owned()]),
            reason: None,
            dangerous: false,
            expires: None,
            between,
            built_in: true,
        })
    }

    /// Where the currency of what is in common terms stands.
    #[must_use]
    pub fn currency() -> OrderPlaces {
        OrderPlaces { currency: Some(Pointer::of([CURRENCY])), ..OrderPlaces::none() }
    }
}

impl<'a> Terms<'a> {
    /// What `documents` hold together: lines one after the other, money summed. Several documents are one order that
    /// was split.
    #[must_use]
    pub fn of(places: &OrderPlaces, common: Common, documents: &[&Json<'a>]) -> Self {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::with_capacity(TERMS);
        let mut put = |name: &'static str, values: Vec<Json<'a>>| {
            members.extend(values.into_iter().map(|value| (Cow::Borrowed(name), value)));
        };
        let (lines, indices) = lines(places, common, documents);
        put(LINES, lines);
        for (name, named, place) in [(TOTAL, common.total, &places.total), (TAX, common.tax, &places.tax)] {
            put(name, if named { summed(place.as_ref(), documents) } else { Vec::new() });
        }
        if common.currency {
            let all: Vec<_> = documents.iter().map(|document| places.currency_of(document)).collect();
            let same = all.windows(2).all(|pair| matches!(pair, [left, right] if left == right));
            let named = all.first().copied().flatten().filter(|_| same);
            put(CURRENCY, named.map(|text| Json::String(Cow::Owned(text.to_owned()))).into_iter().collect());
        }
        if common.customer {
            let all = documents.iter().flat_map(|document| values(places.customer.as_ref(), document));
            let mut all: Vec<Json<'a>> = all.collect();
            all.dedup();
            put(CUSTOMER, all);
        }
        Self { json: Json::Object(members), lines: indices }
    }

    /// The terms as JSON.
    #[must_use]
    pub const fn json(&self) -> &Json<'a> {
        &self.json
    }

    /// Where a place in common terms stands in what it was taken from.
    #[must_use]
    pub fn place(&self, places: &OrderPlaces, term: &Pointer) -> Pointer {
        let tokens = term.tokens();
        let name = tokens.first().map(String::as_str).unwrap_or_default();
        let top = match name {
            LINES => &places.lines,
            TOTAL => &places.total,
            TAX => &places.tax,
            CURRENCY => &places.currency,
            CUSTOMER => &places.customer,
            _ => &None,
        };
        let Some(top) = top else { return term.clone() };
        let mut found: Vec<String> = top.tokens().to_vec();
        if let Some(index) = tokens.get(1) {
            let own = index.parse::<usize>().ok().and_then(|index| self.lines.get(index));
            found.push(own.map_or_else(|| index.clone(), ToString::to_string));
        }
        let inner = match tokens.get(2).map(String::as_str) {
            Some(SKU) => &places.sku,
            Some(QUANTITY) => &places.quantity,
            Some(PRICE) => &places.price,
            _ => &None,
        };
        match inner {
            Some(inner) => found.extend(inner.tokens().iter().cloned()),
            None => found.extend(tokens.iter().skip(2).cloned()),
        }
        found.into_iter().collect()
    }
}

/// The lines of all documents under one name, and where each stands in its own; what is no list is left as it is, so that it is
/// found to be none.
fn lines<'a>(places: &OrderPlaces, common: Common, documents: &[&Json<'a>]) -> (Vec<Json<'a>>, Vec<usize>) {
    let (Some(of), true) = (places.line_places(), common.lines) else {
        return (Vec::new(), Vec::new());
    };
    let (mut list, mut indices, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_there = false;
    let price = places.price.as_ref().filter(|_| common.price);
    let parts = [(SKU, Some(of.sku)), (QUANTITY, Some(of.quantity)), (PRICE, price)];
    for document in documents {
        let Named::Value(Json::Array(items)) = of.lines.find(document) else {
            others.extend(values(Some(of.lines), document));
            continue;
        };
        is_there = true;
        list.reserve(items.len());
        indices.extend(0..items.len());
        for item in items {
            let mut members = Vec::with_capacity(parts.len());
            for (name, place) in parts {
                members.extend(values(place, item).map(|value| (Cow::Borrowed(name), value)));
            }
            list.push(Json::Object(members));
        }
    }
    if is_there {
        others.push(Json::Array(list));
    }
    (others, indices)
}

/// What stands at a place: nothing, one value, or the two that share a name.
fn values<'a>(place: Option<&Pointer>, document: &Json<'a>) -> impl Iterator<Item = Json<'a>> + use<'a> {
    let found = match place.map(|place| place.find(document)) {
        None | Some(Named::Absent) => [None, None],
        Some(Named::Value(value)) => [Some(value.clone()), None],
        Some(Named::Ambiguous) => [Some(Json::Null), Some(Json::Null)],
    };
    found.into_iter().flatten()
}

/// The amount of one document as it is written; of several their sum, and nothing where one of them has none.
fn summed<'a>(place: Option<&Pointer>, documents: &[&Json<'a>]) -> Vec<Json<'a>> {
    if let [document] = documents {
        return values(place, document).collect();
    }
    let amount = |document: &&Json<'a>| number::decimal(place?.get(document)?);
    let sum = documents.iter().try_fold(Decimal::ZERO, |sum, document| sum.checked_add(amount(document)?));
    sum.map(|sum| Json::String(Cow::Owned(sum.to_string()))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Rules, diff};

    fn places(text: &str) -> OrderPlaces {
        serde_json::from_str(text).unwrap()
    }

    const SHOP: &str = r#"{"lines":"/line_items","sku":"/sku","quantity":"/quantity","price":"/price","total":"/total_price","tax":"/total_tax","currency":"/currency"}"#;
    const SAP: &str = r#"{"lines":"/to_Item/results","sku":"/Material","quantity":"/RequestedQuantity","total":"/Total","currency":"/Currency","customer":"/SoldTo"}"#;

    fn found(order: &str, documents: &[&str], of: &str) -> Vec<String> {
        let (shop, lane) = (places(SHOP), places(of));
        let common = Common::of(&shop, &lane).unwrap();
        let order = [Json::parse(order.as_bytes()).unwrap()];
        let documents: Vec<Json<'_>> = documents.iter().map(|text| Json::parse(text.as_bytes()).unwrap()).collect();
        let documents: Vec<&Json<'_>> = documents.iter().collect();
        let (left, right) = (Terms::of(&shop, common, &[&order[0]]), Terms::of(&lane, common, &documents));
        let rules = Common::line_rule(RuleScope::Order).into_iter().collect();
        let currency = crate::outcome::PerLane { legacy: Common::currency(), gated: Common::currency() };
        let rules = Rules::new(rules, Common::subjects(), Some(currency), None).unwrap();
        let findings = diff(left.json(), right.json(), &rules);
        let place = |terms: &Terms<'_>, places: &OrderPlaces, term: &Option<Pointer>| {
            term.as_ref().map_or_else(|| "-".into(), |term| terms.place(places, term).to_string())
        };
        let line = |one: &crate::diff::Finding| {
            let mark = if one.resegmented { " resegmented" } else { "" };
            let money = one.money.map(|money| format!(" {money}")).unwrap_or_default();
            format!(
                "{} {} {} {}{money}{mark}",
                one.class,
                one.path,
                place(&left, &shop, &one.legacy),
                place(&right, &lane, &one.gated)
            )
        };
        findings.list.iter().map(line).collect()
    }

    #[test]
    fn documents_of_another_shape_are_compared_with_the_order() {
        let order = r#"{"total_price":"30.00","total_tax":"4.79","currency":"EUR","line_items":[{"sku":"A1","quantity":2,"price":"10.00"},{"sku":"B2","quantity":1,"price":"10.00"}]}"#;
        let same = r#"{"Total":"30.000","Currency":"EUR","SoldTo":"77","to_Item":{"results":[{"Material":"B2","RequestedQuantity":"1"},{"Material":"A1","RequestedQuantity":"2.000"}]}}"#;
        let findings = found(order, &[same], SAP);
        assert!(
            findings.iter().all(|line| line.starts_with("representation") || line.starts_with("moved")),
            "{findings:?}"
        );
        let other =
            r#"{"Total":"20.000","Currency":"EUR","to_Item":{"results":[{"Material":"B2","RequestedQuantity":1}]}}"#;
        assert_eq!(
            found(order, &[other], SAP),
            ["missing /lines[sku=A1] /line_items/0 -", "value /total /total_price /Total -10.000",]
        );
    }

    #[test]
    fn documents_of_a_split_order_add_up() {
        let order =
            r#"{"total_price":"30.00","currency":"EUR","line_items":[{"sku":"A1","quantity":3,"price":"10.00"}]}"#;
        let part = |units: u32, total: &str| {
            format!(
                r#"{{"Total":"{total}","Currency":"EUR","to_Item":{{"results":[{{"Material":"A1","RequestedQuantity":{units}}}]}}}}"#
            )
        };
        let findings = found(order, &[&part(1, "10.00"), &part(2, "20.00")], SAP);
        assert!(findings.iter().all(|line| line.ends_with("resegmented")) && !findings.is_empty(), "{findings:?}");
        assert!(findings.iter().any(|line| line.contains("/to_Item/results/0")), "{findings:?}");
        let findings = found(order, &[&part(1, "10.00"), &part(1, "20.00")], SAP);
        assert!(findings.iter().all(|line| !line.ends_with("resegmented")), "{findings:?}");
    }

    #[test]
    fn net_and_gross_are_not_compared() {
        let net = places(&SAP.replacen('{', r#"{"net":true,"#, 1));
        let common = Common::of(&places(SHOP), &net).unwrap();
        assert!(!common.total && !common.price && common.lines && common.currency);
        assert_eq!(Common::of(&places(SHOP), &OrderPlaces::none()), None);
    }

    #[test]
    fn what_stands_twice_or_nowhere_is_found() {
        let order = r#"{"total_price":"30.00","currency":"EUR","line_items":[]}"#;
        let twice = r#"{"Total":"30.00","Total":"30.00","Currency":"EUR","to_Item":{"results":{}}}"#;
        let findings = found(order, &[twice], SAP);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("type /lines /line_items /to_Item/results"), "{findings:?}");
        assert!(findings[1].starts_with("duplicate_member /total /total_price /Total"), "{findings:?}");
        assert_eq!(found(order, &["{}"], SAP).len(), 3);
    }
}
