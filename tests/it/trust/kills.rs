//! Killed under load, again and again in one journal, with a slow shadow: no acknowledged order is missing, none is there twice,
//! and the shadow ends up with each of them once.

use std::time::Duration;

use paritee::journal::Reader;
use paritee::outcome::GapReason;

use super::sidecar::Sidecar;
use super::{Lanes, SETUP};
use crate::support::journal::{assert_verified, gap_reasons};

/// How often, where `PARITEE_KILLS` doesn't say.
const KILLS: usize = 10;

/// After each so manieth kill the whole chain is verified; it grows with them.
const VERIFIED_EVERY: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_under_load_loses_no_acknowledged_order() {
    let kills = std::env::var("PARITEE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut lanes = Lanes::start(SETUP).await;
    let mut acknowledged = Vec::new();
    for round in 0..kills {
        let sidecar = Sidecar::start(&lanes.config(), None).await;
        let mut posting = sidecar.post(&round.to_string());
        posting.acknowledged(fastrand::usize(0..60)).await;
        // Anywhere in what follows.
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..20_000))).await;
        sidecar.process.kill().await;
        acknowledged.extend(posting.keys().await);
        if round % VERIFIED_EVERY == 0 {
            assert_verified(&lanes.journal());
        }
    }
    let sidecar = Sidecar::start(&lanes.config(), None).await;
    lanes.all_committed().await;
    sidecar.process.terminate().await;

    lanes.assert_nothing_lost(&acknowledged);
    let reader = Reader::open(&lanes.journal()).unwrap();
    assert_eq!(gap_reasons(&reader), vec![GapReason::Down; kills], "each start after a kill says so");
    let cut_off = "SELECT count(*) FROM attempt a WHERE lane = 'gated' AND NOT EXISTS (SELECT 1 FROM answer w WHERE w.attempt = a.id)";
    let cut_off: i64 = reader.connection().query_row(cut_off, [], |row| row.get(0)).unwrap();
    assert!(cut_off > 0, "kills find sends on their way, whose end stays unknown");
    println!("{kills} kills, {} orders acknowledged, {cut_off} sends cut off", acknowledged.len());
}
