//! An armed shadow: sends within its caps, counts over restarts, and every page says so.

use paritee::cli::serve::Options;
use paritee::outcome::Arming;
use paritee::report::Style;
use paritee::{audit, config, journal, report};
use tempfile::TempDir;

use super::acts;
use crate::support::{Lane, Setup, World, answer, configuration, post};

async fn armed(folder: TempDir, live: &str, gated: &str, arming: &Arming) -> World {
    let journal = folder.path().join("journal.db").display().to_string();
    let text = configuration(Setup::default(), &journal, live, gated);
    let text = text.replace("ledger = \"sandbox\"", "ledger = \"production\"");
    let config = config::parse_armed("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config;
    let options = Options { arming: Some(arming.clone()), ..Options::default() };
    World::of(folder, config, options).await.unwrap()
}

fn order(key: &str, total: &str) -> String {
    post("/orders", "", &format!(r#"{{"id":"{key}","total_price":"{total}","currency":"EUR"}}"#))
}

#[tokio::test]
async fn no_more_is_sent_than_was_armed_however_often_it_starts() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let until = jiff::Timestamp::now() + std::time::Duration::from_hours(1);
    let arming: Arming = format!("until={until},orders=2,money=100 EUR").parse().unwrap();
    let mut folder = tempfile::tempdir().unwrap();
    for (key, total, sent) in [("1", "60.00", true), ("2", "40.00", true), ("3", "0.01", false), ("4", "0.01", false)] {
        let world = armed(folder, &live_addr, &gated_addr, &arming).await;
        let mut client = world.client().await;
        client.write(order(key, total)).await;
        client.expect(answer("200 OK", "", "ok")).await;
        if sent {
            assert!(gated.next().await.text().contains(&format!(r#""id":"{key}""#)));
            world.all("the answer", |all| all.last().is_some_and(|sent| sent.shadow_answer().is_some())).await;
        } else {
            world
                .until("the end of the arming", |reader| {
                    reader.acts(None).unwrap().iter().any(|seen| seen.act.as_str() == "disarm").then_some(())
                })
                .await;
        }
        folder = world.stop().await;
    }
    assert_eq!(gated.left(), []);
    // Another arming sends nothing of what came before it.
    let world = armed(
        folder,
        &live_addr,
        &gated_addr,
        &"until=2099-01-01T00:00:00Z,orders=9,money=9 EUR"
            .parse()
            .map(|other: Arming| Arming { until, ..other })
            .unwrap(),
    )
    .await;
    let mut client = world.client().await;
    client.write(order("5", "1")).await;
    client.expect(answer("200 OK", "", "ok")).await;
    assert!(gated.next().await.text().contains(r#""id":"5""#));
    let told: Vec<String> = acts(&world).into_iter().map(|(act, ..)| act).collect();
    assert_eq!(told[..2], ["arm", "disarm"]);
    assert_eq!(told.iter().filter(|act| *act == "arm").count(), 2);
    world.all("the answer", |all| all.last().is_some_and(|sent| sent.shadow_answer().is_some())).await;
    let path = world.journal_path();
    let _folder = world.stop().await;
    assert_eq!(gated.left(), []);

    let assessment = audit::assess(&journal::Reader::open(&path).unwrap(), None, None).unwrap();
    let terms = "The shadow was let write to a production ledger on ";
    for (form, page) in [
        ("text", report::text(&assessment, 2_000, Style::Plain)),
        ("Markdown", report::markdown(&assessment)),
        ("HTML", report::html(&assessment)),
        ("JUnit", report::junit(&assessment).replace('\n', " ")),
    ] {
        assert!(page.contains("ARMED"), "{form}");
        assert!(form == "JUnit" || page.contains(terms), "{form}: {page}");
    }
    let json: serde_json::Value = serde_json::from_str(&report::json(&assessment).unwrap()).unwrap();
    assert_eq!(json["run"]["acts"][0]["arming"]["orders_max"], 2);
    assert_eq!(json["run"]["acts"][0]["arming"]["money_max"], "100");
    assert_eq!(json["run"]["acts"][1]["why"], "its orders are sent");
}

/// What has ended stays ended: neither a smaller order, nor a start with the same command, nor one after its time sends again.
#[tokio::test]
async fn an_arming_that_has_ended_sends_nothing_after_a_restart() {
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut gated = gated.serve(|_| answer("201 Created", "", ""));
    let until = jiff::Timestamp::now() + std::time::Duration::from_hours(1);
    let arming: Arming = format!("until={until},orders=9,money=20 EUR").parse().unwrap();
    let over = Arming { until: "2026-01-01T00:00:00Z".parse().unwrap(), ..arming.clone() };
    let mut folder = tempfile::tempdir().unwrap();
    for (arming, orders, sent) in [(&arming, &["18.00", "9.00"][..], 1), (&arming, &["1.00"], 0), (&over, &["1.00"], 0)]
    {
        let world = armed(folder, &live_addr, &gated_addr, arming).await;
        let before = world.until("what is there", |reader| Some(crate::support::journal::sent(reader).len())).await;
        let mut client = world.client().await;
        for (number, total) in orders.iter().enumerate() {
            client.write(order(&format!("{before}-{number}"), total)).await;
            client.expect(answer("200 OK", "", "ok")).await;
        }
        for _ in 0..sent {
            gated.next().await;
        }
        let answered = |all: &[crate::support::journal::Sent]| {
            all.len() == before + orders.len() && all.iter().all(|sent| sent.live_answer().is_some())
        };
        world.all("the live answers", answered).await;
        folder = world.stop().await;
        assert_eq!(gated.left(), [], "{arming:?}");
    }
}
