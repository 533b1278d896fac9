//! The power goes, and what was not synced is on the disk, or part of it is, or is not. What was acknowledged is there.

use paritee::journal::Reader;

use super::disk::{Cut, Disk};
use super::sidecar::Sidecar;
use super::{Lanes, SETUP, captured};
use crate::support::journal::assert_verified;

/// How often, where `PARITEE_CUTS` doesn't say.
const CUTS: usize = 8;

/// The sidecar ends with the power.
const CUT: Option<i32> = Some(137);

/// Writes from one power cut to the next, at most.
const WRITES_MAX: u64 = 1_500;

/// Runs it until the power goes; the orders that were acknowledged by then.
async fn until_the_power_goes(lanes: &Lanes, disk: &Disk, name: &str) -> Vec<String> {
    let acknowledged = match Sidecar::try_start(&lanes.config(), Some(disk)).await {
        Ok(sidecar) => {
            let posting = sidecar.post(name);
            assert_eq!(sidecar.process.ended().await.0, CUT);
            posting.keys().await
        }
        // It went before it listened.
        Err(_) => Vec::new(),
    };
    disk.power_is_back();
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_no_acknowledged_order() {
    let cuts = std::env::var("PARITEE_CUTS").map_or(CUTS, |cuts| cuts.parse().unwrap());
    let mut lanes = Lanes::start(SETUP).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let mut disk = disk.with_platter();
    let mut acknowledged = Vec::new();
    for round in 0..cuts {
        disk.cut = Some(Cut { after: fastrand::u64(1..WRITES_MAX), seed: fastrand::u64(..), lies: false });
        acknowledged.extend(until_the_power_goes(&lanes, &disk, &round.to_string()).await);
        // The power may go before there is a journal: then nothing was acknowledged.
        match Reader::open(&lanes.journal()) {
            Ok(_) => assert_verified(&lanes.journal()),
            Err(error) => assert!(acknowledged.is_empty(), "{error}: {acknowledged:?}"),
        }
    }
    assert!(!acknowledged.is_empty());
    disk.cut = None;
    let sidecar = Sidecar::start(&lanes.config(), Some(&disk)).await;
    lanes.all_committed().await;
    sidecar.process.terminate().await;
    lanes.assert_nothing_lost(&acknowledged);
    println!("{cuts} power cuts, {} orders acknowledged", acknowledged.len());
}

/// That the test above can fail: on a disk that lies about syncs something is missing, or nothing can be read.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_lies_about_syncs_is_found_out() {
    let lanes = Lanes::start(SETUP).await;
    let Some(disk) = Disk::below(&lanes.journal()) else { return };
    let mut disk = disk.with_platter();
    disk.cut = Some(Cut { after: WRITES_MAX, seed: 7, lies: true });
    let acknowledged = until_the_power_goes(&lanes, &disk, "0").await;
    assert!(!acknowledged.is_empty());
    let there = Reader::open(&lanes.journal()).map_or_else(|_| Vec::new(), |_| captured(&lanes.journal()));
    assert!(acknowledged.iter().any(|key| !there.contains(key)), "the test sees what a disk loses");
}
