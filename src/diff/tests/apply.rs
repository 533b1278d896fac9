//! Makes the gated document from the legacy one and the findings: the oracle that nothing is missing from them.
//! Written without the walk: it knows places and texts only.

use std::collections::BTreeMap;

use super::*;

/// What both lanes' documents are made of: members sorted, numbers by their texts, duplicates kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    Leaf(String),
    Array(Vec<Tree>),
    Object(BTreeMap<String, Vec<Tree>>),
}

pub(super) fn tree(value: &Json<'_>) -> Tree {
    match value {
        Json::Array(items) => Tree::Array(items.iter().map(tree).collect()),
        Json::Object(members) => {
            let mut object: BTreeMap<String, Vec<Tree>> = BTreeMap::new();
            for (name, member) in members {
                object.entry(name.to_string()).or_default().push(tree(member));
            }
            Tree::Object(object)
        }
        scalar => Tree::Leaf(text::write(scalar)),
    }
}

/// The gated document, as the findings say that it is.
pub(super) fn apply(legacy: &Json<'_>, findings: &Findings) -> Tree {
    let places = |lane: fn(&Finding) -> &Option<Pointer>| {
        let mut places: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
        for finding in &findings.list {
            if let Some(place) = lane(finding) {
                places.entry(place.to_string()).or_default().push(finding);
            }
        }
        places
    };
    let oracle = Oracle { by_legacy: places(|finding| &finding.legacy), by_gated: places(|finding| &finding.gated) };
    oracle.build(&tree(legacy), "", "")
}

struct Oracle<'f> {
    by_legacy: BTreeMap<String, Vec<&'f Finding>>,
    by_gated: BTreeMap<String, Vec<&'f Finding>>,
}

impl<'f> Oracle<'f> {
    fn at<'o>(
        &'o self,
        places: &'o BTreeMap<String, Vec<&'f Finding>>,
        place: &str,
        classes: &[Class],
    ) -> Option<&'f Finding> {
        places.get(place)?.iter().copied().find(|finding| classes.contains(&finding.class))
    }

    fn build(&self, legacy: &Tree, left: &str, right: &str) -> Tree {
        if let Some(finding) = self.at(&self.by_legacy, left, &[Class::Value, Class::Type, Class::Representation]) {
            assert_eq!(finding.gated.as_ref().unwrap().to_string(), right);
            return parse(finding.gated_text.as_deref().unwrap());
        }
        match legacy {
            Tree::Leaf(_) => legacy.clone(),
            Tree::Array(items) => Tree::Array(self.array(items, left, right)),
            Tree::Object(members) => Tree::Object(self.object(members, left, right)),
        }
    }

    fn object(&self, members: &BTreeMap<String, Vec<Tree>>, left: &str, right: &str) -> BTreeMap<String, Vec<Tree>> {
        let mut built: BTreeMap<String, Vec<Tree>> = BTreeMap::new();
        let object = |text: &Option<String>| match text.as_deref().map(parse) {
            Some(Tree::Object(members)) => members,
            _ => BTreeMap::new(),
        };
        let twice: Vec<String> = children(&self.by_legacy, left, Class::DuplicateMember)
            .into_iter()
            .flat_map(|(_, finding)| object(&finding.legacy_text).into_keys())
            .collect();
        for (name, values) in members {
            let (from, mut to) = (format!("{left}/{}", escape(name)), name.clone());
            if self.at(&self.by_legacy, &from, &[Class::Missing]).is_some() || twice.contains(name) {
                continue;
            }
            if let Some(moved) = self.at(&self.by_legacy, &from, &[Class::Moved]) {
                to = last(moved.gated.as_ref().unwrap());
            }
            let [value] = values.as_slice() else { panic!("{from} is there twice and not found") };
            let value = self.build(value, &from, &format!("{right}/{}", escape(&to)));
            built.entry(to).or_default().push(value);
        }
        for (token, extra) in children(&self.by_gated, right, Class::Extra) {
            built.entry(unescape(&token)).or_default().push(parse(extra.gated_text.as_deref().unwrap()));
        }
        for (_, finding) in children(&self.by_gated, right, Class::DuplicateMember) {
            object(&finding.gated_text)
                .into_iter()
                .for_each(|(name, values)| built.entry(name).or_default().extend(values));
        }
        built
    }

    fn array(&self, items: &[Tree], left: &str, right: &str) -> Vec<Tree> {
        let extras = children(&self.by_gated, right, Class::Extra);
        let place = |at: usize| format!("{left}/{at}");
        let missing = |at: &usize| self.at(&self.by_legacy, &place(*at), &[Class::Missing]).is_some();
        let kept: Vec<usize> = (0..items.len()).filter(|at| !missing(at)).collect();
        let mut slots: Vec<Option<Tree>> = vec![None; kept.len() + extras.len()];
        for (token, extra) in extras {
            slots[token.parse::<usize>().unwrap()] = Some(parse(extra.gated_text.as_deref().unwrap()));
        }
        let moved = |at: &usize| self.at(&self.by_legacy, &place(*at), &[Class::Moved]);
        for at in &kept {
            if let Some(finding) = moved(at) {
                let to: usize = last(finding.gated.as_ref().unwrap()).parse().unwrap();
                assert!(slots[to].is_none(), "two elements at {right}/{to}");
                slots[to] = Some(self.build(&items[*at], &place(*at), &format!("{right}/{to}")));
            }
        }
        let mut free: Vec<usize> = (0..slots.len()).filter(|at| slots[*at].is_none()).collect();
        free.reverse();
        for at in kept.iter().filter(|at| moved(at).is_none()) {
            let to = free.pop().unwrap();
            slots[to] = Some(self.build(&items[*at], &place(*at), &format!("{right}/{to}")));
        }
        slots.into_iter().map(Option::unwrap).collect()
    }
}

/// The findings at the children of a place, by the last token.
fn children<'f>(places: &BTreeMap<String, Vec<&'f Finding>>, parent: &str, class: Class) -> Vec<(String, &'f Finding)> {
    let child = |place: &String| {
        let token = place.strip_prefix(parent)?.strip_prefix('/')?;
        (!token.contains('/')).then(|| token.to_owned())
    };
    let all = places.iter().filter_map(|(place, list)| Some((child(place)?, list)));
    all.flat_map(|(token, list)| list.iter().map(move |finding| (token.clone(), *finding)))
        .filter(|(_, finding)| finding.class == class)
        .collect()
}

fn parse(text: &str) -> Tree {
    tree(&json(text))
}

fn last(place: &Pointer) -> String {
    unescape(place.to_string().rsplit('/').next().unwrap())
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
