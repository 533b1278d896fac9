//! Where the walk is: the steps behind it, and the places of both documents that they lead to.

use std::fmt::Write as _;
use std::rc::Rc;

use super::finding::{Matching, RuleIndex};
use super::rules::{Action, Rules};
use crate::order::Pointer;
use crate::outcome::Lane;

/// Bytes that an index or some keys mostly take.
const ELEMENT_BYTES: usize = 4;

/// One step from the root towards a value.
#[derive(Clone, Debug)]
pub(super) enum Crumb<'x> {
    /// To a member.
    Member {
        /// Its name in the terms of the rules.
        name: &'x str,
        /// Its name in the legacy document; `None` where that has none.
        legacy: Option<&'x str>,
        /// Its name in the gated document; `None` where that has none.
        gated: Option<&'x str>,
    },
    /// To an element.
    Element(Entry),
}

/// Two elements that came together, or one that stayed alone.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its index in the legacy array.
    pub(super) legacy: Option<usize>,
    /// Its index in the gated array.
    pub(super) gated: Option<usize>,
    /// Whether it left the order of the others.
    pub(super) moved: bool,
    /// How it came together.
    pub(super) matching: Matching,
    /// The rule by which.
    pub(super) rule: Option<RuleIndex>,
    /// Its keys, such as `sku=A1`.
    pub(super) label: Option<Rc<str>>,
}

impl Crumb<'_> {
    /// Where a step is to stand: a constant is written there at once, and what is put in its place as well.
    pub(super) const ROOM: Self = Self::Member { name: "", legacy: None, gated: None };
}

impl Entry {
    /// Two elements that keep their order.
    pub(super) const fn pair(legacy: usize, gated: usize, matching: Matching) -> Self {
        Self { legacy: Some(legacy), gated: Some(gated), moved: false, matching, rule: None, label: None }
    }
}

/// The place in one lane's document; `None` where that has none.
pub(super) fn pointer(trail: &[Crumb<'_>], lane: Lane) -> Option<Pointer> {
    let token = |crumb: &Crumb<'_>| match (crumb, lane) {
        (Crumb::Member { legacy, .. }, Lane::Legacy) => legacy.map(str::to_owned),
        (Crumb::Member { gated, .. }, Lane::Gated) => gated.map(str::to_owned),
        (Crumb::Element(entry), Lane::Legacy) => entry.legacy.map(|at| at.to_string()),
        (Crumb::Element(entry), Lane::Gated) => entry.gated.map(|at| at.to_string()),
    };
    let mut tokens = Vec::with_capacity(trail.len());
    for crumb in trail {
        tokens.push(token(crumb)?);
    }
    // Gathered anew it keeps its memory.
    Some(tokens.into_iter().collect())
}

/// The place as a reader finds it, elements by their keys.
pub(super) fn path(trail: &[Crumb<'_>]) -> String {
    let mut text = room(trail, |entry| entry.label.as_ref().map(|label| label.len()));
    for crumb in trail {
        match crumb {
            Crumb::Member { name, .. } => member(&mut text, name),
            Crumb::Element(Entry { label: Some(label), .. }) => {
                text.push('[');
                text.push_str(label);
                text.push(']');
            }
            Crumb::Element(entry) => {
                let index = entry.legacy.or(entry.gated).unwrap_or_default();
                // Writing to a string can't fail.
                let _ = write!(text, "/{index}");
            }
        }
    }
    text
}

/// The place without keys and indices.
pub(super) fn pattern(trail: &[Crumb<'_>], rules: &Rules) -> String {
    let mut text = room(trail, |_| None);
    for crumb in trail {
        match crumb {
            Crumb::Member { name, .. } => member(&mut text, name),
            Crumb::Element(entry) => match entry.rule.and_then(|rule| rules.get(rule)).map(|rule| &rule.action) {
                Some(Action::MatchBy(keys)) => {
                    for (at, key) in keys.iter().enumerate() {
                        text.push(if at == 0 { '[' } else { ',' });
                        text.push_str(key);
                    }
                    text.push(']');
                }
                _ => text.push_str("/*"),
            },
        }
    }
    text
}

/// How many bytes both pointers and the path of a place would take.
pub(super) fn bytes(trail: &[Crumb<'_>]) -> usize {
    let digits = |at: usize| at.checked_ilog10().unwrap_or(0) as usize + 1;
    let (mut legacy, mut gated, mut path) = (Some(0), Some(0), 0);
    let add = |sum: Option<usize>, own: Option<usize>| Some(sum? + own?);
    for crumb in trail {
        let (left, right, both) = match crumb {
            Crumb::Member { name, legacy, gated } => {
                (legacy.map(str::len), gated.map(str::len), 1 + name.len() + escapes(name))
            }
            Crumb::Element(Entry { legacy, gated, label, .. }) => {
                let index = || 1 + digits(legacy.or(*gated).unwrap_or_default());
                (legacy.map(digits), gated.map(digits), label.as_ref().map_or_else(index, |label| 2 + label.len()))
            }
        };
        (legacy, gated, path) = (add(legacy, left), add(gated, right), path + both);
    }
    legacy.unwrap_or(0) + gated.unwrap_or(0) + path
}

/// How many letters of a name take one more in a path.
fn escapes(name: &str) -> usize {
    name.bytes().filter(|byte| matches!(byte, b'~' | b'/')).count()
}

/// How the innermost array on the way was matched.
pub(super) fn element<'t>(trail: &'t [Crumb<'_>]) -> Option<&'t Entry> {
    trail.iter().rev().find_map(|crumb| match crumb {
        Crumb::Element(entry) => Some(entry),
        Crumb::Member { .. } => None,
    })
}

/// An empty text with room for a place: where nothing is escaped it need not grow.
fn room(trail: &[Crumb<'_>], element: impl Fn(&Entry) -> Option<usize>) -> String {
    let bytes = |crumb: &Crumb<'_>| match crumb {
        Crumb::Member { name, .. } => name.len() + 1,
        Crumb::Element(entry) => element(entry).unwrap_or(ELEMENT_BYTES) + 2,
    };
    String::with_capacity(trail.iter().map(bytes).sum())
}

fn member(text: &mut String, name: &str) {
    text.push('/');
    if name.contains(['~', '/']) {
        text.push_str(&name.replace('~', "~0").replace('/', "~1"));
    } else {
        text.push_str(name);
    }
}
