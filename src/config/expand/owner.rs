//! `[[owner]]` written out.

use super::toml::{Toml, list};
use crate::judge::OwnerRule;

pub(super) fn owner(toml: &mut Toml, rule: &OwnerRule) {
    toml.header("[[owner]]");
    rule.lane.iter().for_each(|lane| toml.text("lane", lane));
    let lists = [
        ("fate", list(rule.fates.iter().map(|kind| kind.as_str())), rule.fates.is_empty()),
        ("reason", list(&rule.reasons), rule.reasons.is_empty()),
        ("difference", list(&rule.differences), rule.differences.is_empty()),
    ];
    lists.into_iter().filter(|(.., is_empty)| !is_empty).for_each(|(key, list, _)| toml.raw(key, list));
    toml.text("owner", rule.owner);
    rule.next_action.iter().for_each(|words| toml.text("next_action", words));
}
