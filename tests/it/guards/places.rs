//! A shadow that is the live lane by another name is no shadow, and one against a production starts only armed.

use paritee::cli::serve::{self, Options};
use paritee::config;

use crate::support::{Lane, Setup, configuration};

/// Why a sidecar between these doesn't start.
async fn refused(text: &str, options: Options) -> String {
    let config = config::parse_armed("test.toml", text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config;
    let journal = config.tee.journal.clone();
    let error = serve::start(config, options).await.unwrap_err();
    assert!(!journal.exists(), "nothing was begun: {error:#}");
    format!("{error:#}")
}

#[tokio::test]
async fn names_are_resolved_before_anything_is_sent() {
    let live = Lane::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db").display().to_string();
    let port = live.addr().port();
    // Written apart, and one place all the same: a name that resolves to this machine without looking like it.
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_owned();
    let resolved: Vec<_> =
        std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), port)).into_iter().flatten().collect();
    let Some(address) = resolved.iter().find(|address| address.is_ipv4()) else {
        eprintln!("skipped: this machine's name resolves to no address");
        return;
    };
    let text = configuration(Setup::default(), &journal, &address.to_string(), &format!("{name}:{port}"));
    let error = refused(&text, Options::default()).await;
    assert!(error.starts_with("keep the shadow from the live lane: both urls lead to "), "{error}");
    assert!(error.contains("give the shadow a url of its own"), "{error}");
}

#[tokio::test]
async fn a_production_ledger_needs_an_arming_and_an_arming_a_production_ledger() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db").display().to_string();
    let text = configuration(Setup::default(), &journal, &live.addr().to_string(), &gated.addr().to_string());
    let production = text.replace("ledger = \"sandbox\"", "ledger = \"production\"");
    let faults = config::parse("test.toml", &production, &|_| None).unwrap_err().to_string();
    assert!(faults.contains("the shadow lane `gated` would write to a production ledger"), "{faults}");
    assert!(faults.contains("--arm-production"), "{faults}");
    let armed = |until: &str| Options {
        arming: Some(format!("until={until},orders=5,money=10 EUR").parse().unwrap()),
        ..Options::default()
    };
    let tomorrow = (jiff::Timestamp::now() + std::time::Duration::from_hours(25)).to_string();
    for (text, options, expected) in [
        (&production, Options::default(), "start: the shadow's ledger is a production"),
        (&production, armed("2026-01-01T00:00:00Z"), "arm the shadow: its time, 2026-01-01T00:00:00Z, is over"),
        (&production, armed(&tomorrow), "is longer than 24 hours"),
        (&text, armed(&tomorrow), "its ledger is declared `sandbox`, so there is nothing to arm"),
    ] {
        let error = refused(text, options).await;
        assert!(error.contains(expected), "{error}");
    }
}
