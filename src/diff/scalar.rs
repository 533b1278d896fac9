//! Two values at one place, without their children: how they differ, and which rule masks that.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use rust_decimal::Decimal;

use super::finding::{Class, RuleIndex};
use super::number;
use super::rules::{Action, Rule};
use crate::order::Json;
use crate::outcome::Lane;

/// Epoch numbers from here on are milliseconds (since 1973), below it seconds (until the year 5138).
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// How two values differ that are not both containers of one type; `None`: they are the same, written the same.
/// `is_decimal` says that texts there are amounts.
pub(super) fn class(legacy: &Json<'_>, gated: &Json<'_>, is_decimal: impl Fn() -> bool) -> Option<Class> {
    let as_numbers = || {
        let texts = number::text(legacy).zip(number::text(gated));
        texts.is_some_and(|(legacy, gated)| number::same(legacy, gated))
    };
    match (legacy, gated) {
        (Json::Null, Json::Null) => None,
        (Json::Bool(left), Json::Bool(right)) => (left != right).then_some(Class::Value),
        (Json::Number(left), Json::Number(right)) if left.text() == right.text() => None,
        (Json::Number(_), Json::Number(_)) => Some(if as_numbers() { Class::Representation } else { Class::Value }),
        (Json::String(left), Json::String(right)) if left == right => None,
        // Most texts are no numbers, which is told sooner than what they are about.
        (Json::String(_), Json::String(_)) if as_numbers() && is_decimal() => Some(Class::Representation),
        (Json::String(_), Json::String(_)) => Some(Class::Value),
        // Of amounts it doesn't matter which of the two ways they are written in.
        (Json::String(_), Json::Number(_)) | (Json::Number(_), Json::String(_)) if is_decimal() => {
            let amounts = number::text(legacy).is_some() && number::text(gated).is_some();
            Some(match amounts {
                true if as_numbers() => Class::Representation,
                true => Class::Value,
                false => Class::Type,
            })
        }
        _ => Some(Class::Type),
    }
}

/// The first rule that, after those before it, makes two values the same. `minor_digits` are the decimals of the
/// currency; `None`: not known, so that no tolerance holds.
pub(super) fn masking<'r>(
    rules: impl Iterator<Item = (RuleIndex, &'r Rule)>,
    legacy: &Json<'_>,
    gated: &Json<'_>,
    minor_digits: Option<u32>,
) -> Option<RuleIndex> {
    let mut texts = Texts::of(legacy, gated);
    for (index, rule) in rules {
        let masks = match &rule.action {
            Action::Tolerance { minor_units, .. } => within(legacy, gated, *minor_units, minor_digits),
            Action::SameInstant => instant(legacy).is_some_and(|time| instant(gated) == Some(time)),
            action => texts.fold(action),
        };
        if masks {
            return Some(index);
        }
    }
    None
}

/// Whether two amounts are no further apart than so many minor units.
fn within(legacy: &Json<'_>, gated: &Json<'_>, minor_units: Decimal, minor_digits: Option<u32>) -> bool {
    let amounts = number::decimal(legacy).zip(number::decimal(gated));
    let (Some((legacy, gated)), Some(digits)) = (amounts, minor_digits) else {
        return false;
    };
    let limit = minor_units.checked_mul(Decimal::new(1, digits));
    let apart = gated.checked_sub(legacy).map(|difference| difference.abs());
    apart.zip(limit).is_some_and(|(apart, limit)| apart <= limit)
}

/// Two values as the text rules make them.
struct Texts<'s> {
    legacy: Option<Cow<'s, str>>,
    gated: Option<Cow<'s, str>>,
    /// Both are strings, or a table stands for what they mean.
    comparable: bool,
}

impl<'s> Texts<'s> {
    fn of(legacy: &'s Json<'_>, gated: &'s Json<'_>) -> Self {
        Self {
            legacy: legacy.scalar_text().map(Cow::Borrowed),
            gated: gated.scalar_text().map(Cow::Borrowed),
            comparable: legacy.as_str().is_some() && gated.as_str().is_some(),
        }
    }

    /// Applies a rule; whether they are the same now.
    fn fold(&mut self, action: &Action) -> bool {
        match action {
            Action::Values { lane, table } => {
                let text = match lane {
                    Lane::Legacy => &mut self.legacy,
                    Lane::Gated => &mut self.gated,
                };
                if let Some(other) = text.as_deref().and_then(|text| table.get(text)) {
                    *text = Some(Cow::Owned(other.clone()));
                    self.comparable = true;
                }
            }
            Action::Case => self.each(|text| text.to_lowercase()),
            Action::Trim => self.each(|text| text.trim().to_owned()),
            _ => return false,
        }
        self.comparable && self.legacy.is_some() && self.legacy == self.gated
    }

    fn each(&mut self, fold: impl Fn(&str) -> String) {
        for text in [&mut self.legacy, &mut self.gated].into_iter().flatten() {
            *text = Cow::Owned(fold(text));
        }
    }
}

/// A scalar as a key: what the text rules at its place make of it on its lane. `None` for null and containers.
pub(super) fn key<'r, 's>(
    rules: impl Iterator<Item = (RuleIndex, &'r Rule)>,
    value: &'s Json<'_>,
    lane: Lane,
) -> Option<Cow<'s, str>> {
    let own = value.scalar_text().map(Cow::Borrowed);
    let (legacy, gated) = match lane {
        Lane::Legacy => (own, None),
        Lane::Gated => (None, own),
    };
    let mut texts = Texts { legacy, gated, comparable: false };
    rules.for_each(|(_, rule)| {
        texts.fold(&rule.action);
    });
    texts.legacy.or(texts.gated)
}

/// An instant: RFC 3339 with an offset, RFC 2822, `/Date(ms)/`, epoch seconds or milliseconds. A time without
/// an offset is none: which instant it means is not known.
pub(super) fn instant(value: &Json<'_>) -> Option<Timestamp> {
    let text = value.as_str().map(str::trim);
    match (value, text) {
        (Json::Number(number), _) => {
            let epoch: i64 = number.text().parse().ok()?;
            let milliseconds = epoch.unsigned_abs() >= MILLISECONDS_FROM.unsigned_abs();
            if milliseconds { Timestamp::from_millisecond(epoch).ok() } else { Timestamp::from_second(epoch).ok() }
        }
        (_, Some(text)) => {
            if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
                // An offset may follow; it only says how to show the time.
                let sign = inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + 1);
                return Timestamp::from_millisecond(inner.get(..sign.unwrap_or(inner.len()))?.parse().ok()?).ok();
            }
            Timestamp::from_str(text).ok().or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok())
        }
        _ => None,
    }
}

/// How many decimals the minor unit of a currency has, ISO 4217; `None` for what is no currency's code.
#[must_use]
pub fn minor_digits(currency: &str) -> Option<u32> {
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    })
}
