//! A difference becomes a finding: what it weighs, who masks it, where it stands.

use super::finding::{Class, Detail, Finding, RuleIndex, Severity};
use super::limits::FINDINGS_MAX;
use super::rules::{Action, Rule};
use super::subject::Subject;
use super::walk::{At, Cover, Value, Walk};
use super::weigh::Weight;
use super::{number, place, scalar, text};
use crate::order::Pointer;
use crate::outcome::{Lane, PerLane};

/// What stands at the place of a finding.
pub(super) enum Said<'x> {
    /// Nothing that need be repeated.
    Nothing,
    /// These values.
    Values(Option<Value<'x>>, Option<Value<'x>>),
    /// This.
    Texts(PerLane<Option<String>>),
}

impl Said<'_> {
    fn texts(self) -> PerLane<Option<String>> {
        match self {
            Self::Nothing => PerLane::default(),
            Self::Values(legacy, gated) => PerLane { legacy: legacy.map(text::write), gated: gated.map(text::write) },
            Self::Texts(texts) => texts,
        }
    }

    /// How many bytes the texts would have.
    fn bytes(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Values(legacy, gated) => [legacy, gated].into_iter().flatten().map(|value| text::bytes(value)).sum(),
            Self::Texts(texts) => [&texts.legacy, &texts.gated].into_iter().flatten().map(String::len).sum(),
        }
    }
}

impl<'x> Walk<'x> {
    /// The same value at another place; no money moves with it. The rule by which the two were matched explains it, and
    /// then what stands there is not repeated.
    pub(super) fn moved(&mut self, legacy: Value<'x>, gated: Value<'x>, rule: Option<RuleIndex>, at: At) {
        let said = if rule.is_none() { Said::Values(Some(legacy), Some(gated)) } else { Said::Nothing };
        self.found(Class::Moved, Weight::default(), said, at, rule);
    }

    /// Notes a difference between two values, or one that the other document lacks.
    pub(super) fn differ(&mut self, class: Class, legacy: Option<Value<'x>>, gated: Option<Value<'x>>, at: At) {
        let pair = legacy.zip(gated).filter(|_| matches!(class, Class::Value | Class::Type));
        let masking =
            pair.and_then(|(legacy, gated)| scalar::masking(self.active(at), legacy, gated, self.minor_digits));
        if self.probe.is_some() && (masking.is_some() || at.cover.dangerous.is_some()) {
            return;
        }
        let (mut weight, about) = (Weight::default(), self.about_here(at));
        if let Some(gated) = gated {
            weight.add(self.weigh(gated, Lane::Gated, at, about));
        }
        if let Some(legacy) = legacy {
            weight.subtract(self.weigh(legacy, Lane::Legacy, at, about));
        }
        let tolerance = |rule| matches!(self.rules.get(rule), Some(Rule { action: Action::Tolerance { .. }, .. }));
        if weight.money.is_none() && masking.is_some_and(tolerance) {
            // What a tolerance masks is money, whatever else is known of the place.
            let amounts = pair.and_then(|(legacy, gated)| number::decimal(legacy).zip(number::decimal(gated)));
            weight.money = amounts.and_then(|(legacy, gated)| gated.checked_sub(legacy));
        }
        if weight.subject == Some(Subject::Quantity) && weight.money.is_none() && self.probe.is_none() {
            // Units that one side has more of are worth their price, where both lines have the same.
            let units = pair.and_then(|(legacy, gated)| number::decimal(gated)?.checked_sub(number::decimal(legacy)?));
            weight.money = units.zip(self.price_around()).and_then(|(units, price)| units.checked_mul(price));
        }
        self.found(class, weight, Said::Values(legacy, gated), at, masking);
    }

    /// Notes a finding; `masking` is the rule that explains it by what it does, before any that ignores the place.
    pub(super) fn found(&mut self, class: Class, weight: Weight, said: Said<'x>, at: At, masking: Option<RuleIndex>) {
        let severity = match class {
            Class::Representation => Severity::Trivial,
            Class::TooComplex | Class::Unreadable => Severity::Grave,
            // A value that only moved is the same value.
            _ if weight.subject.is_some() && class != Class::Moved => Severity::Grave,
            _ => Severity::Normal,
        };
        let ignoring = if severity == Severity::Grave { at.cover.dangerous } else { at.cover.any };
        let masked_by = masking.or(ignoring).filter(|_| class != Class::TooComplex && class != Class::Unreadable);
        if let Some(probe) = &mut self.probe {
            let counts = masked_by.is_none() && severity > Severity::Trivial;
            probe.open = probe.open.saturating_add(u32::from(counts));
            return;
        }
        let pattern = place::pattern(&self.trail, self.rules);
        let is_brief = self.detail == Detail::Brief && self.never_counts(severity, masked_by);
        let (spent, places, path, texts) = if is_brief {
            (place::bytes(&self.trail) + said.bytes(), PerLane::default(), String::new(), PerLane::default())
        } else {
            let places = PerLane::from_fn(|lane| place::pointer(&self.trail, lane));
            let (path, texts) = (place::path(&self.trail), said.texts());
            (bytes(&places, &path, &texts), places, path, texts)
        };
        let left = self.text_bytes.checked_sub(spent + pattern.len());
        let element = place::element(&self.trail);
        self.list.push(Finding {
            legacy: places.legacy,
            gated: places.gated,
            path,
            pattern,
            class,
            severity,
            subject: weight.subject,
            resegmented: false,
            by_order: false,
            masked_by,
            matched_by: element.and_then(|element| element.rule),
            matching: element.map(|element| element.matching),
            legacy_text: texts.legacy,
            gated_text: texts.gated,
            // Zero has no sign.
            money: weight
                .money
                .filter(|_| !weight.unread)
                .map(|money| if money.is_zero() { money.abs() } else { money }),
            money_unread: weight.unread,
            is_brief,
        });
        self.text_bytes = left.unwrap_or_default();
        if (self.list.len() == FINDINGS_MAX || left.is_none()) && !self.stopped {
            self.stopped = true;
            self.too_complex("too many differences to be listed");
        }
    }

    /// Ends the comparison of a subtree at a bound.
    pub(super) fn too_complex(&mut self, bound: &str) {
        let at = At { frame: (0, 0), cover: Cover::default(), depth: 0 };
        let texts = PerLane { legacy: Some(bound.to_owned()), gated: Some(bound.to_owned()) };
        self.found(Class::TooComplex, Weight::default(), Said::Texts(texts), at, None);
    }

    /// Whether a finding never counts against the documents being alike. A tolerance with a cap may yet unmask it.
    fn never_counts(&self, severity: Severity, masked_by: Option<RuleIndex>) -> bool {
        let is_capped = |rule: &Rule| matches!(rule.action, Action::Tolerance { order_max: Some(_), .. });
        let masking = masked_by.and_then(|rule| self.rules.get(rule));
        severity == Severity::Trivial || masking.is_some_and(|rule| !is_capped(rule))
    }
}

/// What a finding holds of the documents.
fn bytes(places: &PerLane<Option<Pointer>>, path: &String, texts: &PerLane<Option<String>>) -> usize {
    let tokens = [&places.legacy, &places.gated].into_iter().flatten().flat_map(Pointer::tokens);
    let texts = [&texts.legacy, &texts.gated].into_iter().flatten().chain([path]);
    tokens.chain(texts).map(String::len).sum()
}
