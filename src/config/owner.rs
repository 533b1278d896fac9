//! `[[owner]]`: who acts on what, where it isn't as usual. Nothing is judged by it.

use super::fault::Span;
use super::reader::{At, Context, Table, Value, quoted};
use super::values::named;
use crate::judge::{About, ExceptionKind, Matter, Owner, OwnerRule};
use crate::outcome::{ReasonClass, Witness};

/// Most rows. There are some seventy matters to tell apart, and nobody reviews more.
pub(super) const ROWS_MAX: usize = 200;

/// Longest text of what to do: a sentence or two, that a list can show.
const ACTION_CHARS_MAX: usize = 300;

/// A row as it stands.
struct Row {
    rule: OwnerRule,
    span: Span,
    fates: Vec<At<ExceptionKind>>,
    reasons: Vec<At<ReasonClass>>,
}

pub(super) fn read(value: &Value<'_>) -> Option<Vec<OwnerRule>> {
    let mut count = 0;
    let rows = value.list(|item| {
        count += 1;
        if count == ROWS_MAX + 1 {
            let what = format!("there are more than {ROWS_MAX} of `{}`", item.name);
            item.wrong::<()>(what, "let fewer of them select more: what a row says nothing of, it selects all of");
        }
        if count > ROWS_MAX { None } else { row(item) }
    })?;
    check(&rows, value.context);
    Some(rows.into_iter().map(|row| row.rule).collect())
}

fn row(value: &Value<'_>) -> Option<Row> {
    let mut table = value.table()?;
    let lane = table.get("lane", named::<Witness>);
    let fates = table.get("fate", |value| some(value, named));
    let reasons = table.get("reason", |value| some(value, named));
    let differences = table.get("difference", |value| some(value, named::<About>));
    let write = "write owner = \"operations\", or one of `e-commerce`, `ERP/IT` and `marketplace`";
    let owner = table.need("owner", write, named::<Owner>);
    let next_action = table.get("next_action", sentence);
    of_one_kind(&table, differences.as_ref().map(|at| at.span.clone()), next_action.as_ref());
    table.close();
    let (fates, reasons) = (listed(fates), listed(reasons));
    let rule = OwnerRule {
        lane: lane.map(|at| at.value),
        fates: fates.iter().map(|at| at.value).collect(),
        reasons: reasons.iter().map(|at| at.value).collect(),
        differences: listed(differences).into_iter().map(|at| at.value).collect(),
        owner: owner?.value,
        next_action: next_action.map(|at| at.value),
    };
    Some(Row { rule, span: value.span.clone(), fates, reasons })
}

fn listed<T>(at: Option<At<Vec<At<T>>>>) -> Vec<At<T>> {
    at.map(|at| at.value).unwrap_or_default()
}

/// One word, or a list of them, each of them once.
fn some<T: PartialEq>(value: &Value<'_>, read: fn(&Value<'_>) -> Option<T>) -> Option<Vec<At<T>>> {
    if value.is_empty_list() {
        return value.wrong(format!("`{}` is empty", value.name), "take it out, and the row selects all of them");
    }
    let mut words: Vec<At<T>> = Vec::new();
    let mut one = |item: &Value<'_>| {
        let word = read(item)?;
        if words.iter().any(|known| known.value == word) {
            return item.wrong(format!("`{}` names a word twice", item.name), "take one of them out");
        }
        words.push(At { value: word, span: item.span.clone() });
        Some(())
    };
    if value.is_list() { value.list(one).map(|_| ()) } else { one(value) }?;
    Some(words)
}

/// What to do, in a line.
fn sentence(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.trim();
    let is_line = !text.is_empty() && !text.chars().any(char::is_control);
    if !is_line || text.chars().count() > ACTION_CHARS_MAX {
        let write = format!("write what to do in one line of at most {ACTION_CHARS_MAX} characters");
        return value.wrong(format!("`{}` is no line of text", value.name), write);
    }
    Some(text.to_owned())
}

/// A row is about exceptions or about differences.
fn of_one_kind(table: &Table<'_>, difference: Option<Span>, next_action: Option<&At<String>>) {
    let Some(difference) = difference else { return };
    for beside in ["lane", "fate", "reason"].into_iter().filter(|key| table.has(key)) {
        let what = format!("`owner.difference` stands beside `{beside}`, which is of exceptions");
        let write = "write a row for the differences, and one for the exceptions";
        table.context.fault(Some(difference.clone()), what, write);
    }
    if let Some(action) = next_action {
        let what = "`owner.next_action` is of exceptions: a difference is its own task";
        table.context.fault(Some(action.span.clone()), what, "take it out");
    }
}

/// Reports what selects nothing, and rows that those above them leave nothing.
fn check(rows: &[Row], context: &Context<'_>) {
    let all = Matter::all();
    let mut taken: Vec<bool> = vec![false; all.len()];
    for row in rows {
        // One of both kinds has been said to be none.
        let of_differences = !row.rule.differences.is_empty();
        let is_mixed = of_differences && (!row.fates.is_empty() || !row.reasons.is_empty() || row.rule.lane.is_some());
        let sound = !is_mixed && [of_fates(row, &all, context), of_reasons(row, &all, context)] == [true, true];
        let mut left = false;
        for (_, taken) in all.iter().zip(&mut taken).filter(|(matter, _)| row.rule.selects(**matter)) {
            left |= !*taken;
            *taken = true;
        }
        if sound && !left {
            let what = "this row is never reached: the rows above it take all that it selects";
            context.fault(Some(row.span.clone()), what, "put it above them, or take it out");
        }
    }
}

/// Reports fates that the row selects nothing by; whether there are none.
fn of_fates(row: &Row, all: &[Matter], context: &Context<'_>) -> bool {
    let none = |at: &&At<ExceptionKind>| {
        let rule = OwnerRule { fates: vec![at.value], ..row.rule.clone() };
        !all.iter().any(|matter| rule.selects(*matter))
    };
    let idle: Vec<&At<ExceptionKind>> = row.fates.iter().filter(none).collect();
    for at in &idle {
        let which = match row.rule.lane {
            None => String::new(),
            Some(Witness::Census) => " by the census".to_owned(),
            Some(lane) => format!(" on lane `{lane}`"),
        };
        let reason = if row.reasons.is_empty() { "" } else { " for such a reason" };
        let what = format!("`owner.fate`: no exception{which}{reason} is `{}`", at.value.as_str());
        context.fault(Some(at.span.clone()), what, instead(&row.rule, all));
    }
    idle.is_empty()
}

/// The fates that a row could name.
fn instead(rule: &OwnerRule, all: &[Matter]) -> String {
    let rule = OwnerRule { fates: Vec::new(), ..rule.clone() };
    let mut kinds: Vec<ExceptionKind> = Vec::new();
    for matter in all.iter().filter(|matter| rule.selects(**matter)) {
        if let Matter::Exception(_, kind, _) = matter
            && !kinds.contains(kind)
        {
            kinds.push(*kind);
        }
    }
    let names: Vec<&str> = kinds.into_iter().map(ExceptionKind::as_str).collect();
    if names.is_empty() { "take it out".to_owned() } else { format!("take it out; there are {}", quoted(&names)) }
}

/// Reports reasons where nothing that the row selects has one; whether there are none.
fn of_reasons(row: &Row, all: &[Matter], context: &Context<'_>) -> bool {
    let none = |at: &&At<ReasonClass>| {
        let rule = OwnerRule { reasons: vec![at.value], ..row.rule.clone() };
        !all.iter().any(|matter| rule.selects(*matter))
    };
    // Where every fate is at fault with the reasons at hand, that has been said.
    let idle: Vec<&At<ReasonClass>> = row.reasons.iter().filter(none).collect();
    let said = !row.fates.is_empty() && idle.len() == row.reasons.len();
    for at in idle.iter().filter(|_| !said) {
        let what = format!("`owner.reason`: nothing that this row selects was rejected for `{}`", at.value);
        let write = "take it out; rejections are `rejected` and `committed_after_reject`, on a lane";
        context.fault(Some(at.span.clone()), what, write);
    }
    idle.is_empty()
}
