//! A shadow that is the live lane by another name is no shadow, and one against a production starts only armed.

use paritee::cli::serve::{self, Options};
use paritee::config;
use paritee::journal::Reader;

use crate::support::journal::sent;
use crate::support::{Lane, Setup, World, answer, configuration, order};

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
        (&production, armed(&tomorrow), "is longer than 24 hours"),
        (&text, armed(&tomorrow), "its ledger is declared `sandbox`, so there is nothing to arm"),
    ] {
        let error = refused(text, options).await;
        assert!(error.contains(expected), "{error}");
    }
}

/// Until it is known that the shadow is another place, its orders wait in the journal.
#[tokio::test]
async fn nothing_is_sent_to_a_name_that_can_not_be_resolved() {
    let live = Lane::bind().await;
    let addr = live.addr().to_string();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let world = World::at(tempfile::tempdir().unwrap(), &addr, "nowhere.invalid:9002", Setup::default()).await;
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    let seen = world.one("the capture", |sent| sent.live_answer().is_some()).await;
    assert_eq!((seen.shadow, world.sidecar.pace().under_way()), (Vec::new(), 0));
    let path = world.journal_path();
    let _folder = world.stop().await;
    assert_eq!(sent(&Reader::open(&path).unwrap())[0].shadow, []);
}
