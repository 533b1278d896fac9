//! `[lane.X.answer]`: how a lane's answers are read.

use super::reader::{Value, shown};
use super::values::{named, pointers};
use crate::order::Pointer;
use crate::outcome::{AnswerRules, ClassRule};

pub(super) fn answer(value: &Value<'_>) -> Option<AnswerRules> {
    let mut table = value.table()?;
    let defaults = AnswerRules::default();
    let reference = table.or("reference", defaults.reference, pointers);
    let mut final_statuses = table.or("final", defaults.final_statuses, |value| value.list(final_status));
    final_statuses.sort_unstable();
    final_statuses.dedup();
    let reason = table.or("reason", defaults.reason, pointers);
    let classes = table.or("class", Vec::new(), |value| value.list(class));
    let location = table.get("location", location).map(|at| at.value);
    table.close();
    Some(AnswerRules { reference, final_statuses, reason, classes, location })
}

fn final_status(value: &Value<'_>) -> Option<u16> {
    match value.integer()? {
        status @ (423 | 429) => value.wrong(
            format!("`{}`: {status} means not now, and is sent again", value.name),
            "take it out; a rejection that is final has another status",
        ),
        status @ 400..=499 => u16::try_from(status).ok(),
        status => value.wrong(
            format!("`{}`: {status} can't be a final rejection", value.name),
            "write statuses from 400 to 499; a 5xx says nothing of the order",
        ),
    }
}

/// `{ when = { "/error/code" = "X*" }, class = "unknown_sku" }`
fn class(value: &Value<'_>) -> Option<ClassRule> {
    let mut table = value.table()?;
    let write = "write when = { \"/error/code\" = \"…\" }, places in the answer and what stands there";
    let when = table.need("when", write, when);
    let write =
        "write class = \"unknown_sku\", \"tax\", \"customer\", \"other\", \"duplicate\", \"not_now\" or \"unknown\"";
    let class = table.need("class", write, named);
    table.close();
    Some(ClassRule { when: when?.value, class: class?.value })
}

fn when(value: &Value<'_>) -> Option<Vec<(Pointer, String)>> {
    let entries = value.table()?.entries(&[]);
    if entries.is_empty() {
        return value
            .wrong(format!("`{}` is empty, so it would fit every answer", value.name), "write a place and its text");
    }
    let when = entries.into_iter().filter_map(|(key, text)| {
        let pointer = match Pointer::parse(key.value) {
            Ok(pointer) if !key.value.is_empty() => pointer,
            _ => {
                return text.wrong(
                    format!("`{}`: `{}` is no JSON Pointer to a value", value.name, shown(key.value)),
                    "write the place in quotes, such as \"/error/code\"",
                );
            }
        };
        Some((pointer, text.scalar_text()?))
    });
    Some(when.collect())
}

/// A pattern of `Location`, with `*` for any text.
fn location(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.is_empty() || text.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
        return value
            .wrong(format!("`{}` is no pattern of an address", value.name), "write it like \"*/salesOrder/*\"");
    }
    Some(text.to_owned())
}
