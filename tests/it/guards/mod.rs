//! Guard rails: what keeps the shadow from doing harm, and who may do what at which port.

mod admin;
mod armed;
mod patch;
mod places;
mod sockets;
mod switch;
mod tls;
mod writes;

use paritee::journal::Reader;

use crate::support::World;

/// Acts on the shadow as they are on record: what, by whom, why.
fn acts(world: &World) -> Vec<(String, String, String)> {
    let acts = Reader::open(&world.journal_path()).unwrap().acts(None).unwrap();
    let told = |text: Option<String>| text.unwrap_or_default();
    acts.into_iter().map(|seen| (seen.act.to_string(), told(seen.detail.by), told(seen.detail.why))).collect()
}
