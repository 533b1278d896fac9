//! `[[event]]`: what happens to whole systems, and when.

use std::time::Duration;

use super::super::plan::{Event, Happening};
use super::faults::Wrongs;
use crate::config::reader::{Table, Value, nearest, quoted, shown};
use crate::config::values::{duration, duration_or_zero, integer, named};
use crate::outcome::Lane;

/// What something can happen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Legacy,
    Gated,
    ErpLegacy,
    ErpGated,
    Sidecar,
    Shadow,
}
choices!(Target, "system", {
    Legacy => "legacy", Gated => "gated", ErpLegacy => "erp.legacy", ErpGated => "erp.gated", Sidecar => "sidecar",
    Shadow => "shadow",
});

/// `Some(None)` is an event that is left out.
pub(super) fn read(value: &Value<'_>, wrongs: &mut Wrongs) -> Option<Option<Event>> {
    let mut table = value.table()?;
    let at = table.need("at", "write at = \"sidecar\": what it happens to", named::<Target>);
    let what = table
        .need("what", "write what = \"down\"", |value| value.text().map(|text| (text.to_owned(), value.span.clone())));
    let from = table.need("from", "write from = \"2m\", counted from the first order", duration_or_zero);
    let lasts = table.get("lasts", duration);
    let (at, (what, span)) = (at?.value, what?.value);
    let happening = happening(at, &what, span, &mut table)?;
    let id = wrongs.name(&mut table, &what)?;
    if at == Target::Sidecar && lasts.is_none() {
        let what = "a sidecar that does not come back judges nothing";
        table.context.fault(Some(value.span.clone()), what, "write lasts = \"1m\": how long it is away");
        return None;
    }
    table.close();
    let from = from?.value;
    let until = lasts.map_or(Duration::MAX, |lasts| from.saturating_add(lasts.value));
    let event = Event { id, what: happening, from, until };
    Some((!wrongs.is_left_out(&event.id)).then_some(event))
}

/// The sidecar is stopped, killed or paused once at a time: whoever comes back would forget what else goes on.
pub(super) fn check(events: &[Event], root: &Table<'_>) {
    let of_sidecar = |event: &&Event| {
        matches!(event.what, Happening::SidecarStopped | Happening::SidecarKilled | Happening::ShadowPaused)
    };
    let mut events: Vec<&Event> = events.iter().filter(of_sidecar).collect();
    events.sort_by_key(|event| event.from);
    for (earlier, later) in events.iter().zip(events.iter().skip(1)) {
        if later.from <= earlier.until {
            let what = format!("`{}` begins before `{}` is over", later.id, earlier.id);
            root.context.fault(root.span.clone(), what, "let one happen to the sidecar after the other");
        }
    }
}

fn happening(at: Target, what: &str, span: std::ops::Range<usize>, table: &mut Table<'_>) -> Option<Happening> {
    let known: &[&str] = match at {
        Target::Legacy | Target::Gated => &["down"],
        Target::ErpLegacy | Target::ErpGated => &["down", "page-broken", "slow"],
        Target::Sidecar => &["stopped", "killed"],
        Target::Shadow => &["paused"],
    };
    let lane = if matches!(at, Target::Legacy | Target::ErpLegacy) { Lane::Legacy } else { Lane::Gated };
    Some(match (at, what) {
        (Target::Legacy | Target::Gated, "down") => Happening::LaneDown(lane),
        (Target::ErpLegacy | Target::ErpGated, "down") => Happening::ErpDown(lane),
        (Target::ErpLegacy | Target::ErpGated, "page-broken") => {
            Happening::PageBroken(lane, table.or("page", 3, integer(1..=1_000_000)))
        }
        (Target::ErpLegacy | Target::ErpGated, "slow") => {
            let by = table.need("by", "write by = \"2s\": how long a commit takes", duration);
            Happening::ErpSlow(lane, by?.value)
        }
        (Target::Sidecar, "stopped") => Happening::SidecarStopped,
        (Target::Sidecar, "killed") => Happening::SidecarKilled,
        (Target::Shadow, "paused") => Happening::ShadowPaused,
        _ => {
            let write = nearest(what, known)
                .map_or_else(|| format!("there is {}", quoted(known)), |near| format!("did you mean `{near}`?"));
            table.context.fault(Some(span), format!("`{}` does not happen to {at}", shown(what)), write);
            return None;
        }
    })
}
