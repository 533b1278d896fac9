//! Sections that belong to what is judged, and that no gate uses yet: read and checked for form, so
//! that a configuration that is written today stays good.

use std::time::Duration;

use serde::Serialize;

use super::reader::{At, Context, Table, Value, shown};
use super::values::{fraction, integer, words};
use crate::judge::Thresholds;

/// Words in a member's name that make it an identity, money or a quantity.
const DANGEROUS_WORDS: [&str; 15] = [
    "id",
    "sku",
    "key",
    "number",
    "reference",
    "total",
    "subtotal",
    "price",
    "amount",
    "tax",
    "discount",
    "quantity",
    "qty",
    "units",
    "currency",
];

/// `[[compare.rule]]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct CompareRule {
    /// RFC 9535.
    pub(super) path: String,
    /// Members by which the items of a list are paired.
    pub(super) match_by: Vec<String>,
    pub(super) ignore: bool,
    /// Whether an identity, money or a quantity may be ignored.
    pub(super) dangerous: bool,
    pub(super) reason: Option<String>,
}

/// `[gates]`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gates {
    pub(super) thresholds: Thresholds,
    pub(super) fields_differ_max: u64,
    pub(super) hours_min: u64,
    pub(super) strata: Vec<String>,
}

/// What of these sections a run will be judged by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Later {
    pub(super) compare: Vec<CompareRule>,
    pub(super) gates: Gates,
    pub(super) sender_deadline: Option<Duration>,
}

/// Says that `at` is kept for later.
pub(super) fn note<T>(context: &Context<'_>, name: &str, at: &At<T>) {
    let write = "it belongs to the run's digest, so changing it begins a new run";
    context.note(Some(at.span.clone()), format!("`{name}` is read, but nothing is judged by it yet"), write);
}

pub(super) fn compare(mut table: Table<'_>) -> Vec<CompareRule> {
    let rules = table.or("rule", Vec::new(), |value| value.list(rule));
    table.close();
    rules
}

fn rule(value: &Value<'_>) -> Option<CompareRule> {
    let mut table = value.table()?;
    let context = table.context;
    let path = table.need("path", "write path = \"$.lines\"", path);
    let match_by = table.or("match_by", Vec::new(), |value| value.list(words));
    let ignore = table.or("ignore", false, Value::flag);
    let dangerous = table.get("dangerous", Value::flag);
    let reason = table.get("reason", words).map(|at| at.value);
    if ignore && reason.is_none() {
        let write = "write reason = \"…\": why a difference here doesn't matter";
        context.absent(table.span.clone(), "a rule that ignores differences has no `reason`", write);
    }
    table.close();
    let path = path?;
    note(context, "compare.rule", &path);
    if !ignore && match_by.is_empty() {
        let write = "write match_by = [\"sku\"], or ignore = true with a reason";
        context.absent(Some(path.span.clone()), "this rule does nothing", write);
    }
    let is_dangerous = dangerous.as_ref().is_some_and(|at| at.value);
    if ignore {
        check_ignored(context, &path, is_dangerous);
    } else if let Some(dangerous) = dangerous.filter(|at| at.value) {
        context.warn(Some(dangerous.span), "`dangerous` does nothing on a rule that ignores nothing", "take it out");
    }
    Some(CompareRule { path: path.value, match_by, ignore, dangerous: is_dangerous, reason })
}

fn check_ignored(context: &Context<'_>, path: &At<String>, dangerous: bool) {
    if path.value.contains('?') {
        let what = "a rule that ignores differences may not select by a filter: the answer would exempt itself";
        context.fault(Some(path.span.clone()), what, "name the place, without `[?…]`");
    }
    if !dangerous && hides_what_counts(&path.value) {
        let what = format!("`{}` is an identity, money or a quantity, and would be ignored", shown(&path.value));
        context.absent(Some(path.span.clone()), what, "if that is meant, write dangerous = true and the reason");
    }
}

fn path(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.starts_with('$') {
        return Some(text.to_owned());
    }
    let meant = text.trim_start_matches(['/', '.']).replace('/', ".");
    let write = format!("write \"$.{}\"", shown(&meant));
    value.wrong(format!("`{}`: a path begins with `$`, the whole document", value.name), write)
}

/// Whether a path ends at an identity, money or a quantity, or at everything.
fn hides_what_counts(path: &str) -> bool {
    let last = path.rsplit(['.', '[', ']', '\'', '"']).find(|part| !part.is_empty()).unwrap_or_default();
    if matches!(last, "$" | "*") {
        return true;
    }
    let mut words = String::new();
    for letter in last.chars() {
        if letter.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words.split(['_', '-', ' ']).any(|word| DANGEROUS_WORDS.contains(&word))
}

pub(super) fn gates(mut table: Table<'_>) -> Gates {
    /// Below this a bound says little; it is allowed, since small rehearsals are.
    const CONFIDENCE_USUAL: f64 = 0.9;
    let context = table.context;
    let defaults = Thresholds::default();
    let loss_rate_max = table.or("loss_rate_max", defaults.loss_rate_max, fraction);
    let confidence = table.get("confidence", fraction);
    let fields_differ_max = table.get("fields_differ_max", integer(0..=1_000_000_000));
    let hours_min = table.get("hours_min", integer(0..=8_784));
    let strata = table.get("strata", |value| value.list(words));
    table.close();
    if let Some(confidence) = confidence.as_ref().filter(|at| at.value < CONFIDENCE_USUAL) {
        let what = format!("`gates.confidence` is {}, so a GO says little", confidence.value);
        context.warn(Some(confidence.span.clone()), what, "0.95 is usual");
    }
    for (name, at) in [("gates.fields_differ_max", &fields_differ_max), ("gates.hours_min", &hours_min)] {
        at.iter().for_each(|at| note(context, name, at));
    }
    strata.iter().for_each(|at| note(context, "gates.strata", at));
    let confidence = confidence.map_or(defaults.confidence, |at| at.value);
    Gates {
        thresholds: Thresholds { loss_rate_max, confidence, ..defaults },
        fields_differ_max: fields_differ_max.map_or(0, |at| at.value),
        hours_min: hours_min.map_or(0, |at| at.value),
        strata: strata.map(|at| at.value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_end_at_what_counts_are_dangerous() {
        for (path, dangerous) in [
            ("$.id", true),
            ("$", true),
            ("$..*", true),
            ("$.lines[*]", true),
            ("$.lines[*].external_id", true),
            ("$['totalPrice']", true),
            ("$.customer-number", true),
            ("$.note", false),
            ("$.idle", false),
            ("$.lines[*].title", false),
        ] {
            assert_eq!(hides_what_counts(path), dangerous, "{path}");
        }
    }
}
