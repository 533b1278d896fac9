//! The JSON API: what it says is what the report says, and what its description says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use paritee::audit;
use paritee::journal::Reader;
use paritee::report::{self, masked};
use serde_json::{Value, json};

use super::{HOSTILE, Shop, status};
use crate::support::{Conn, soon};

#[tokio::test]
async fn the_live_assessment_is_the_reports() {
    let shop = Shop::with_faults().await;
    let path = shop.world.journal_path();
    // At whatever moment: the journal is read as it was then.
    for _ in 0..5 {
        let live = shop.get("/v1/assessment").await;
        let head = serde_json::from_slice::<Value>(&live.body).unwrap()["run"]["journal_head"].clone();
        let reader = Reader::open(&path).unwrap();
        reader.go_back_to(reader.seal(head.as_str().unwrap()).unwrap().unwrap()).unwrap();
        let report = report::json(&masked(audit::assess(&reader, None, None).unwrap())).unwrap();
        assert_eq!(live.text(), report);
        let is_another = |value: &Value| value["run"]["journal_head"] != head;
        shop.until("/v1/assessment", is_another).await;
    }
    for kind in ["json", "html", "md"] {
        let kept = shop.get(&format!("/report.{kind}")).await;
        assert_eq!(status(&kept), 200);
        let name = kept.values("content-disposition")[0].to_owned();
        assert!(
            name.starts_with("attachment; filename=\"paritee-run1-") && name.ends_with(&format!(".{kind}\"")),
            "{name}"
        );
    }
    shop.world.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let shop = Shop::with_faults().await;
    let keys = |list: &Value, what: &str| -> Vec<String> {
        list[what].as_array().unwrap().iter().map(|row| row["order_key"].as_str().unwrap().to_owned()).collect()
    };
    let orders = shop.json("/v1/orders").await;
    assert_eq!((orders["count"].clone(), orders["page"].clone()), (json!(5), json!(1)));
    assert_eq!(keys(&orders, "orders")[..2], [HOSTILE.to_owned(), "twice-1".to_owned()], "the newest first");
    for (query, expected) in [
        ("fate=lost&lane=gated", vec!["lost-1"]),
        ("fate=lost&lane=legacy", vec![]),
        ("fate=double_committed", vec!["twice-1"]),
        ("parity=legacy_only", vec!["lost-1"]),
        ("owner=erp_it", vec!["twice-1", "lost-1"]),
        ("owner=marketplace", vec![]),
        ("q=100", vec!["1002", "1001"]),
        ("q=100&rows=1&page=2", vec!["1001"]),
        ("q=%25", vec![]),
    ] {
        let found = shop.json(&format!("/v1/orders?{query}")).await;
        assert_eq!(keys(&found, "orders"), expected, "{query}");
    }
    let all = shop.json("/v1/exceptions?by=key").await;
    assert_eq!(keys(&all, "exceptions"), ["lost-1", "twice-1"]);
    let turned = shop.json("/v1/exceptions?by=key&turned=1&lane=gated&owner=erp_it").await;
    assert_eq!(keys(&turned, "exceptions"), ["twice-1", "lost-1"]);
    let lost = shop.json("/v1/exceptions?fate=lost").await;
    let money = json!({ "currency": "EUR", "amount": "19.9" });
    assert_eq!(
        (&lost["exceptions"][0]["money_at_risk"], &lost["exceptions"][0]["severity"]),
        (&money, &json!("forbids"))
    );
    for (path, status_wanted, words) in [
        ("/v1/orders?fate=lots", 400, "`fate=lots` is not known; write excluded, "),
        ("/v1/exceptions?owner=erp", 400, "`owner=erp` is not known; write ecommerce, "),
        ("/v1/exceptions?rows=0", 400, "`rows=0` is not known; write 1 to 500"),
        ("/v1/orders/nobody", 404, "no order nobody was captured"),
    ] {
        let told = shop.get(path).await;
        assert_eq!(status(&told), status_wanted, "{path}");
        assert!(told.text().contains(words), "{path} {}", told.text());
    }
    let order = shop.json("/v1/orders/%23lost-1").await;
    assert_eq!((&order["order_key"], &order["lanes"]["gated"]["fate"]), (&json!("lost-1"), &json!("lost")));
    assert!(!order.to_string().contains("Beispiel") && !order.to_string().contains("ada@"), "{order}");
    shop.world.stop().await;
}

#[tokio::test]
async fn a_note_is_on_record_and_changes_no_verdict() {
    let shop = Shop::with_faults().await;
    let note = json!({ "order_key": "lost-1", "lane": "gated", "fate": "lost", "by": "Mia", "note": "Entered by hand\nas 4711" });
    let post = async |body: &str| shop.world.admin("/v1/notes", "Content-Type: application/json\r\n", body).await;
    for (body, wanted) in [
        ("{", 400),
        ("[]", 400),
        (r#"{"order_key":"lost-1","lane":"gated","fate":"lots","by":"Mia"}"#, 422),
        (r#"{"order_key":"lost-1","lane":"nowhere","fate":"lost","by":"Mia"}"#, 400),
        (r#"{"order_key":"lost-1","lane":"gated","fate":"lost"}"#, 422),
        (&format!(r#"{{"order_key":"lost-1","lane":"gated","fate":"lost","note":"{}"}}"#, "x".repeat(2_001)), 422),
        (&format!(r#"{{"note":"{}"}}"#, "x".repeat(20_000)), 400),
    ] {
        assert_eq!(status(&post(body).await), wanted, "{body}");
    }
    let plain = shop.world.admin("/v1/notes", "Content-Type: text/plain\r\n", &note.to_string()).await;
    assert_eq!(status(&plain), 415, "no form of another site can send it");
    let strange = "Content-Type: application/json\r\nOrigin: https://evil.example\r\n";
    assert_eq!(status(&shop.world.admin("/v1/notes", strange, &note.to_string()).await), 403);

    let before = shop.json("/v1/assessment").await;
    let told = post(&note.to_string()).await;
    assert_eq!(status(&told), 201, "{}", told.text());
    let open = shop.until("/v1/exceptions?show=open", |value| value["count"] == 1).await;
    assert_eq!(open["exceptions"][0]["order_key"], "twice-1");
    let all = shop.json("/v1/exceptions?fate=lost").await;
    let seen = &all["exceptions"][0]["acknowledged"];
    assert_eq!((&seen["by"], &seen["note"]), (&json!("Mia"), &json!("Entered by hand\nas 4711")));
    let after = shop.json("/v1/assessment").await;
    for what in ["decision", "fates", "exceptions_count", "owners"] {
        let ageless = |value: &Value| value[what].to_string().split("age_us").next().unwrap().to_owned();
        assert_eq!(ageless(&before), ageless(&after), "{what}");
    }
    let folder = shop.world.stop().await;
    let notes = Reader::open(&folder.path().join("journal.db")).unwrap().notes(1, 0).unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].detail.note, "Entered by hand\nas 4711");
}

#[tokio::test]
async fn events_tell_of_each_change_until_the_end() {
    let shop = Shop::open("").await;
    let mut listening = Conn::to(shop.world.sidecar.admin_addr().unwrap()).await;
    listening.write("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let head = listening.head().await;
    assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
    shop.order("lost-9").await;
    let mut told = String::new();
    soon("the loss to be told", async {
        while !told.contains(r#""exceptions":1"#) {
            told.push_str(&String::from_utf8(listening.take(1).await).unwrap());
        }
    })
    .await;
    assert!(told.contains("retry: 1000\n\n") && told.contains("event: assessment\ndata: {"), "{told}");
    assert!(told.contains(r#""decision":"NO-GO""#) || told.contains(r#""decision":"INCONCLUSIVE""#), "{told}");
    // A sidecar that ends waits for nobody who only listens.
    shop.world.stop().await;
}

/// Where routes of the admin port are declared.
fn declared() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                routes.extend(
                    text.split(".route(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
                );
                routes.extend(
                    text.split("PATH: &str = \"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
                );
            }
        }
    }
    routes.retain(|route| route.starts_with("/v1/") || route.ends_with('z'));
    routes
}

fn description() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described: BTreeSet<String> = description()["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, declared());
}

/// What is wrong with a value by its schema: types, required members, values of enums, and of all that is in it.
fn faults(description: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema =
            description.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} is nowhere"));
        return faults(description, schema, value, at, found);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.is_empty() && !kinds.contains(&kind) {
        found.push(format!("{at}: {kind}, not {kinds:?}"));
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        found.push(format!("{at}: {value} is none of {names:?}"));
    }
    let Some(members) = value.as_object() else {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            faults(description, &schema["items"], item, &format!("{at}/{index}"), found);
        }
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            found.push(format!("{at}: no {name}"));
        }
    }
    if let Some(known) = schema["properties"].as_object() {
        for (name, member) in members {
            match known.get(name) {
                Some(schema) => faults(description, schema, member, &format!("{at}/{name}"), found),
                None => found.push(format!("{at}: {name} is not described")),
            }
        }
    }
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let shop = Shop::with_faults().await;
    shop.order("waiting-lost").await;
    let note = json!({ "order_key": "lost-1", "lane": "gated", "fate": "lost", "by": "Mia" }).to_string();
    shop.world.admin("/v1/notes", "Content-Type: application/json\r\n", &note).await;
    shop.until("/v1/exceptions?show=open", |value| value["count"].as_u64() < Some(3)).await;
    let description = description();
    let mut found = Vec::new();
    for (path, route) in [
        ("/v1/assessment", "/v1/assessment"),
        ("/v1/orders", "/v1/orders"),
        ("/v1/orders?awaited=gated", "/v1/orders"),
        ("/v1/orders/lost-1", "/v1/orders/{key}"),
        ("/v1/orders/twice-1", "/v1/orders/{key}"),
        ("/v1/orders/nobody", "/v1/orders/{key}"),
        ("/v1/exceptions", "/v1/exceptions"),
        ("/v1/exceptions?by=lots", "/v1/exceptions"),
    ] {
        let told = shop.get(path).await;
        let responses = &description["paths"][route]["get"]["responses"];
        let response = &responses[status(&told).to_string()];
        assert!(response.is_object(), "{path} answers {}", status(&told));
        let response = match response["$ref"].as_str() {
            Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap(),
            None => response,
        };
        let schema = &response["content"]["application/json"]["schema"];
        faults(&description, schema, &serde_json::from_slice(&told.body).unwrap(), path, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
    shop.world.stop().await;
}
