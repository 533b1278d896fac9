//! RFC 7396, section 2: a document is merged in, and `null` takes a member out.

use super::Misfit;
use crate::order::Json;

/// Merges `patch` into `target`. Where the target has a member twice, it can't be known which one is meant.
pub(super) fn merge<'a>(target: &mut Json<'a>, patch: &Json<'a>) -> Result<(), Misfit> {
    let Json::Object(changes) = patch else {
        *target = patch.clone();
        return Ok(());
    };
    if !matches!(target, Json::Object(_)) {
        *target = Json::Object(Vec::new());
    }
    let Json::Object(members) = target else { return Ok(()) };
    for (name, change) in changes {
        if *change == Json::Null {
            members.retain(|(member, _)| member != name);
            continue;
        }
        let mut found = members.iter_mut().filter(|(member, _)| member == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => merge(value, change)?,
            (Some(_), Some(_)) => return Err(Misfit::Ambiguous(name.to_string())),
            (None, _) => {
                let mut value = Json::Null;
                merge(&mut value, change)?;
                members.push((name.clone(), value));
            }
        }
    }
    Ok(())
}
