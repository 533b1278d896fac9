//! What a path can select whatever the document, for whoever checks rules before there are documents.

use super::{Path, Segment, Selector};

impl Path {
    /// The names of the members that it selects; `None` where it also selects what has no name that is known: elements,
    /// all members of something, the whole document.
    #[must_use]
    pub fn names(&self) -> Option<Vec<&str>> {
        self.segments.last()?.selectors.iter().map(Selector::name).collect()
    }

    /// Whether both can select the same place in some document. An index or a range counts as any element, so that this
    /// is never denied wrongly.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let width = other.segments.len() + 1;
        let mut seen = vec![false; (self.segments.len() + 1) * width];
        // How far both have come at a place; a segment that descends may stay while the other goes on.
        let mut open = vec![(0, 0)];
        while let Some((left, right)) = open.pop() {
            match seen.get_mut(left * width + right) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            match (self.segments.get(left), other.segments.get(right)) {
                (None, None) => return true,
                (Some(own), Some(others)) => {
                    open.extend(own.meets(others).then_some((left + 1, right + 1)));
                    open.extend(own.descends.then_some((left, right + 1)));
                    open.extend(others.descends.then_some((left + 1, right)));
                }
                _ => {}
            }
        }
        false
    }
}

impl Segment {
    fn meets(&self, other: &Self) -> bool {
        self.selectors.iter().any(|own| other.selectors.iter().any(|others| own.meets(others)))
    }
}

impl Selector {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(own), Self::Name(others)) => own == others,
            (Self::Name(_), Self::Index(_) | Self::Slice { .. })
            | (Self::Index(_) | Self::Slice { .. }, Self::Name(_)) => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Pointer;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn the_names_at_its_end() {
        for (text, expected) in [
            ("$.a.b", Some(vec!["b"])),
            ("$..b", Some(vec!["b"])),
            ("$['b', \"c\"]", Some(vec!["b", "c"])),
            ("$", None),
            ("$.a.*", None),
            ("$.a[0]", None),
            ("$.a['b', 0]", None),
            ("$.a[1:2]", None),
        ] {
            assert_eq!(path(text).names(), expected, "{text}");
        }
    }

    #[test]
    fn paths_meet_where_one_document_has_a_place_for_both() {
        for (left, right, expected) in [
            ("$", "$", true),
            ("$", "$.a", false),
            ("$.a.b", "$.a.b", true),
            ("$.a.b", "$['a']['b']", true),
            ("$.a.b", "$.a.c", false),
            ("$.a.b", "$.a", false),
            ("$.*.b", "$.a.*", true),
            ("$..b", "$.a.c.b", true),
            ("$..b", "$.a.c.d", false),
            ("$..b", "$..c.b", true),
            ("$..a..b", "$..c", false),
            ("$..*", "$.a", true),
            ("$..*", "$", false),
            ("$.a[0].b", "$.a[*].b", true),
            ("$.a[3:5]", "$.a[9]", true),
            ("$.a[0]", "$.a.b", false),
            ("$.a['b',0].c", "$.a[7].c", true),
        ] {
            assert_eq!(path(left).meets(&path(right)), expected, "{left} {right}");
            assert_eq!(path(right).meets(&path(left)), expected, "{right} {left}");
        }
    }

    #[test]
    fn a_pointer_s_digits_are_a_name_and_an_index() {
        let place = Path::to(&Pointer::parse("/0/id").unwrap()).unwrap();
        assert!(place.meets(&path("$[4].id")) && place.meets(&path("$['0'].id")) && !place.meets(&path("$.a.id")));
    }

    #[test]
    fn long_paths_that_descend_meet_in_no_time() {
        let long = |last: &str| path(&format!("${}", "..a".repeat(62) + last));
        assert!(long("..b").meets(&long(".b")));
        assert!(!long("..b").meets(&long("..c")));
    }
}
