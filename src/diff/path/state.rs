//! How far a path has come at a place of two documents: what the walk carries along.

use super::{Path, Segment, Selector};
use crate::outcome::Lane;

/// The segments of a path that are behind it, one bit for each number of them: with `..` several are possible at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diff) struct State(u64);

/// The most segments that a path may have, so that its states fit their bits.
pub(super) const SEGMENTS_MAX: usize = 63;

/// One step down, in both documents at once.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) enum Step<'a> {
    /// To the member of this name, in the terms that the rules are written in.
    Name(&'a str),
    /// To an element.
    Element(Element),
}

/// Which element, and of how many; `None` on a lane that has none there.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) struct Element {
    /// In the legacy document.
    pub(in crate::diff) legacy: Option<(usize, usize)>,
    /// In the gated document.
    pub(in crate::diff) gated: Option<(usize, usize)>,
}

/// Names by which paths can go on: a bit for each group of names, so that some are let through in vain and none is missed. The last
/// bit stands for elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::diff) struct Onward(u64);

impl Onward {
    /// Any name, and any element.
    const ANY: Self = Self(u64::MAX);

    /// Any element.
    pub(in crate::diff) const ELEMENT: Self = Self(1 << 63);

    pub(in crate::diff) const fn name(name: &str) -> Self {
        let (first, last) = match name.as_bytes() {
            [] => (0, 0),
            [only] => (*only, *only),
            [first, .., last] => (*first, *last),
        };
        let seed = (name.len() as u32) << 16 | (first as u32) << 8 | last as u32;
        // Knuth's multiplicative hash, its six highest bits; two groups share one, as the last is taken.
        let group = seed.wrapping_mul(0x9E37_79B1) >> 26;
        Self(1 << if group == 63 { 62 } else { group })
    }

    /// The names of both.
    pub(in crate::diff) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of the paths may go on by this name; false is certain.
    pub(in crate::diff) const fn may_take(self, name: &str) -> bool {
        self.meets(Self::name(name))
    }

    /// Whether there is a name in both, perhaps; false is certain.
    pub(in crate::diff) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl State {
    /// At the root.
    pub(in crate::diff) const START: Self = Self(1);

    /// Whether nothing below can be selected any more.
    pub(in crate::diff) const fn is_dead(self) -> bool {
        self.0 == 0
    }

    /// Whether the path selects the value here.
    pub(in crate::diff) const fn selects(self, path: &Path) -> bool {
        self.0 >> path.segments.len() & 1 == 1
    }

    /// Where the path is one step further. An element must be selected at its place in both documents
    /// that have it, or in that of `lane` alone.
    pub(in crate::diff) fn after(self, path: &Path, step: Step<'_>, lane: Option<Lane>) -> Self {
        let (mut next, mut rest) = (0, self.0);
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            let Some(segment) = path.segments.get(at as usize) else {
                continue;
            };
            if segment.descends {
                next |= 1 << at;
            }
            if segment.selects(step, lane) {
                next |= 1 << (at + 1);
            }
        }
        Self(next)
    }

    /// The names by which the path can go on from here.
    pub(in crate::diff) fn onward(self, path: &Path) -> Onward {
        let (mut names, mut rest) = (Onward::default(), self.0);
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            names = path.segments.get(at as usize).map_or(names, |segment| names.or(segment.onward));
        }
        names
    }
}

impl Segment {
    pub(super) fn new(descends: bool, selectors: Vec<Selector>) -> Self {
        let of = |selector: &Selector| match selector {
            Selector::Wildcard => Onward::ANY,
            Selector::Name(name) => Onward::name(name),
            Selector::Index(_) | Selector::Slice { .. } => Onward::ELEMENT,
        };
        let all = selectors.iter().map(of).fold(Onward::default(), Onward::or);
        let onward = if descends { Onward::ANY } else { all };
        Self { descends, selectors, onward }
    }

    fn selects(&self, step: Step<'_>, lane: Option<Lane>) -> bool {
        self.selectors.iter().any(|selector| selector.selects(step, lane))
    }
}

impl Selector {
    fn selects(&self, step: Step<'_>, lane: Option<Lane>) -> bool {
        match step {
            Step::Name(name) => match self {
                Self::Name(wanted) => wanted == name,
                Self::Wildcard => true,
                Self::Index(_) | Self::Slice { .. } => false,
            },
            Step::Element(element) => {
                let seen = match lane {
                    None => [element.legacy, element.gated],
                    Some(Lane::Legacy) => [element.legacy, None],
                    Some(Lane::Gated) => [element.gated, None],
                };
                let mut places = seen.iter().flatten().peekable();
                places.peek().is_some() && places.all(|(at, of)| self.selects_index(*at, *of))
            }
        }
    }

    /// RFC 9535, 2.3.3.2 and 2.3.4.2.2.
    fn selects_index(&self, at: usize, of: usize) -> bool {
        let (Ok(at), Ok(of)) = (i64::try_from(at), i64::try_from(of)) else {
            return false;
        };
        let from_end = |index: i64| if index >= 0 { index } else { of + index };
        match self {
            Self::Name(_) => false,
            Self::Wildcard => true,
            Self::Index(index) => from_end(*index) == at,
            Self::Slice { step: 0, .. } => false,
            Self::Slice { start, end, step } if *step > 0 => {
                let lower = start.map_or(0, from_end).clamp(0, of);
                let upper = end.map_or(of, from_end).clamp(0, of);
                (lower..upper).contains(&at) && (at - lower) % step == 0
            }
            Self::Slice { start, end, step } => {
                let upper = start.map_or(of - 1, from_end).clamp(-1, of - 1);
                let lower = end.map_or(-1, from_end).clamp(-1, of - 1);
                lower < at && at <= upper && (upper - at) % step == 0
            }
        }
    }
}
