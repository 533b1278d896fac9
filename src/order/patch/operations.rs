//! RFC 6902: a list of operations, all of which must fit.

use super::{Misfit, PatchError};
use crate::order::pointer::index;
use crate::order::{Json, Pointer};

/// Values below one another of which a copy is made at most: what copies itself doubles with each operation.
const COPIED_MAX: usize = 10_000;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    path: Pointer,
    what: What,
}

/// What is done at its path; values as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Add(String),
    Remove,
    Replace(String),
    Move(Pointer),
    Copy(Pointer),
    Test(String),
}

pub(super) fn read(items: &[Json<'_>]) -> Result<Vec<Operation>, PatchError> {
    let wrong = |index| move |why| PatchError::Operation { index, why };
    items.iter().enumerate().map(|(index, item)| operation(item).map_err(wrong(index))).collect()
}

fn operation(item: &Json<'_>) -> Result<Operation, String> {
    let one = |name: &'static str| {
        let mut members = item.members(name);
        match (members.next(), members.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => Err(format!("it has no `{name}`")),
            _ => Err(format!("it has `{name}` twice")),
        }
    };
    let pointer = |name: &'static str| {
        let text = one(name)?.as_str().ok_or_else(|| format!("`{name}` is no text"))?;
        let pointer = Pointer::parse(text).map_err(|error| format!("`{name}`: {error}"))?;
        if pointer.tokens().is_empty() {
            return Err(format!("`{name}` names the whole body; name a place inside it"));
        }
        Ok(pointer)
    };
    let value = || one("value").map(Json::to_text);
    let what = match one("op")?.as_str() {
        Some("add") => What::Add(value()?),
        Some("remove") => What::Remove,
        Some("replace") => What::Replace(value()?),
        Some("move") => What::Move(pointer("from")?),
        Some("copy") => What::Copy(pointer("from")?),
        Some("test") => What::Test(value()?),
        _ => return Err("`op` is none of add, remove, replace, move, copy, test".to_owned()),
    };
    Ok(Operation { path: pointer("path")?, what })
}

pub(super) fn apply<'a>(operations: &'a [Operation], document: &mut Json<'a>) -> Result<(), Misfit> {
    operations.iter().try_for_each(|operation| one(operation, document))
}

fn one<'a>(Operation { path, what }: &'a Operation, document: &mut Json<'a>) -> Result<(), Misfit> {
    match what {
        What::Add(value) => add(document, path, Json::parse(value.as_bytes())?),
        What::Remove => take(document, path).map(drop),
        What::Replace(value) => {
            *at(document, path.tokens(), path)? = Json::parse(value.as_bytes())?;
            Ok(())
        }
        What::Move(from) if path.tokens().starts_with(from.tokens()) && path != from => {
            Err(Misfit::Unfit(from.to_string()))
        }
        What::Move(from) => {
            let value = take(document, from)?;
            add(document, path, value)
        }
        What::Copy(from) => {
            let value = at(document, from.tokens(), from)?.clone();
            if size(&value) > COPIED_MAX {
                return Err(Misfit::Unfit(from.to_string()));
            }
            add(document, path, value)
        }
        What::Test(value) => {
            let is_same = same(at(document, path.tokens(), path)?, &Json::parse(value.as_bytes())?);
            is_same.then_some(()).ok_or_else(|| Misfit::Differs(path.to_string()))
        }
    }
}

/// What stands at the place that `tokens`, the beginning of `path`, lead to.
fn at<'d, 'a>(document: &'d mut Json<'a>, tokens: &[String], path: &Pointer) -> Result<&'d mut Json<'a>, Misfit> {
    let absent = || Misfit::Absent(path.to_string());
    tokens.iter().try_fold(document, |here, token| match here {
        Json::Array(items) => index(token).and_then(|index| items.get_mut(index)).ok_or_else(absent),
        Json::Object(members) => {
            let position = member(members, token, path)?.ok_or_else(absent)?;
            members.get_mut(position).map(|(_, value)| value).ok_or_else(absent)
        }
        _ => Err(absent()),
    })
}

/// Where the member of this name stands.
fn member<K: AsRef<str>, V>(members: &[(K, V)], name: &str, path: &Pointer) -> Result<Option<usize>, Misfit> {
    let mut found = members.iter().enumerate().filter(|(_, (member, _))| member.as_ref() == name);
    let first = found.next().map(|(position, _)| position);
    if found.next().is_some() { Err(Misfit::Ambiguous(path.to_string())) } else { Ok(first) }
}

fn add<'a>(document: &mut Json<'a>, path: &'a Pointer, value: Json<'a>) -> Result<(), Misfit> {
    let absent = || Misfit::Absent(path.to_string());
    let (last, parents) = path.tokens().split_last().ok_or_else(absent)?;
    match at(document, parents, path)? {
        Json::Object(members) => {
            match member(members, last, path)?.and_then(|position| members.get_mut(position)) {
                Some((_, there)) => *there = value,
                None => members.push((last.as_str().into(), value)),
            }
            Ok(())
        }
        Json::Array(items) => {
            let position = if last == "-" { Some(items.len()) } else { index(last) };
            let position = position.filter(|position| *position <= items.len()).ok_or_else(absent)?;
            items.insert(position, value);
            Ok(())
        }
        _ => Err(absent()),
    }
}

fn take<'a>(document: &mut Json<'a>, path: &Pointer) -> Result<Json<'a>, Misfit> {
    let absent = || Misfit::Absent(path.to_string());
    let (last, parents) = path.tokens().split_last().ok_or_else(absent)?;
    match at(document, parents, path)? {
        Json::Object(members) => {
            let position = member(members, last, path)?.ok_or_else(absent)?;
            Ok(members.remove(position).1)
        }
        Json::Array(items) => {
            let position = index(last).filter(|position| *position < items.len()).ok_or_else(absent)?;
            Ok(items.remove(position))
        }
        _ => Err(absent()),
    }
}

/// How many values there are, this one included.
fn size(value: &Json<'_>) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Json::Object(members) => 1 + members.iter().map(|(_, value)| size(value)).sum::<usize>(),
        _ => 1,
    }
}

/// Whether two values are equal (RFC 6902, 4.6): numbers by their value, members in any order.
fn same(one: &Json<'_>, other: &Json<'_>) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => digits(one.text()) == digits(other.text()),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(others)) => {
            one.len() == others.len()
                && one.iter().all(|(name, value)| others.iter().any(|(other, its)| other == name && same(value, its)))
        }
        (one, other) => one == other,
    }
}

/// A number as its sign, its digits without zeros around them, and the power of ten of the last of them.
fn digits(text: &str) -> (bool, String, i128) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = all.trim_end_matches('0');
    // An exponent of more digits than fit is its own number, and equal to none that fits.
    let power = exponent.parse::<i64>().map_or(i128::MAX, i128::from);
    let power = power.saturating_add((all.len() - kept.len()) as i128 - fraction.len() as i128);
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() { (false, String::new(), 0) } else { (text.starts_with('-'), kept.to_owned(), power) }
}
