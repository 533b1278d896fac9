//! `[[compare.rule]]`: one rule as it stands by itself.

use super::super::fault::Span;
use super::super::reader::{At, Context, Table, Value, shown};
use super::super::values::{named, time, words};
use super::action;
use crate::diff::{Action, Path, Rule, RuleScope, Rules};

/// Longest path. One of real documents has some dozens of letters; each of its selectors is tried at every value.
const PATH_BYTES_MAX: usize = 1_000;

/// A rule, and where its parts stand.
pub(in super::super) struct RuleDraft {
    pub(in super::super) rule: Rule,
    pub(super) path: Span,
    pub(super) action: Span,
    /// Where `between` stands, if it does.
    pub(super) between: Option<Span>,
}

pub(super) fn read(value: &Value<'_>) -> Option<RuleDraft> {
    let mut table = value.table()?;
    let context = table.context;
    let path = table.need("path", "write path = \"$.lines\"", path);
    let action = action::read(&mut table, path.as_ref().map(|at| at.span.clone()));
    let between = table.get("between", named::<RuleScope>);
    let reason = reason(&mut table, action.as_ref());
    let dangerous = table.get("dangerous", Value::flag).filter(|at| at.value);
    let expires = table.get("expires", time).map(|at| at.value);
    table.close();
    let (path, action) = (path?, action?);
    if let Some(dangerous) = dangerous.as_ref().filter(|_| action.value != Action::Ignore) {
        let what = "`dangerous` does nothing on a rule that ignores nothing";
        context.warn(Some(dangerous.span.clone()), what, "take it out");
    }
    let rule = Rule {
        path: path.value,
        action: action.value,
        reason,
        dangerous: dangerous.is_some(),
        expires,
        between: between.as_ref().map(|at| at.value).unwrap_or_default(),
        built_in: false,
    };
    let draft = RuleDraft { rule, path: path.span, action: action.span, between: between.map(|at| at.span) };
    check(context, &draft);
    Some(draft)
}

/// Why a difference may be hidden. What hides one must say it.
fn reason(table: &mut Table<'_>, action: Option<&At<Action>>) -> Option<String> {
    let is_there = table.has("reason");
    let reason = table.get("reason", words).map(|at| at.value);
    if let Some(action) = action.filter(|at| at.value.hides() && !is_there) {
        let does = if action.value == Action::Ignore { "ignores" } else { "can hide" };
        let write = "write reason = \"…\": why a difference here doesn't matter";
        table.context.absent(table.span.clone(), format!("a rule that {does} differences has no `reason`"), write);
    }
    reason
}

/// What the comparison itself says of the rule; the lack of a reason has been told.
fn check(context: &Context<'_>, draft: &RuleDraft) {
    let reason = draft.rule.reason.clone().or_else(|| Some("as reported".to_owned()));
    let rule = Rule { reason, ..draft.rule.clone() };
    for fault in Rules::new(vec![rule], Vec::new(), None, None).err().into_iter().flatten() {
        context.fault(Some(draft.path.clone()), "this rule can't be applied", fault.reason);
    }
}

/// An RFC 9535 path without filters.
fn path(value: &Value<'_>) -> Option<Path> {
    let (text, name) = (value.text()?, &value.name);
    if !text.starts_with('$') {
        let meant = text.trim_start_matches(['/', '.']).replace('/', ".");
        let write = format!("write \"$.{}\"", shown(&meant));
        return value.wrong(format!("`{name}`: a path begins with `$`, the whole document"), write);
    }
    if text.len() > PATH_BYTES_MAX {
        let what = format!("`{name}` is longer than {PATH_BYTES_MAX} bytes");
        return value.wrong(what, "select fewer places at once, or write a rule for each of them");
    }
    match Path::parse(text) {
        Ok(path) => Some(path),
        Err(error) => value.wrong(format!("`{name}`: no path at byte {}", error.offset), error.reason),
    }
}
