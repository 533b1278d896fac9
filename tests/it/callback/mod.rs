//! Sources that tell outcomes: what is kept, once, and in which order; what is refused, and why; who may tell.

mod durable;
mod refused;
mod sidecar;
mod whole_run;

use serde_json::json;

use sidecar::{Admin, BATCH, JSON, LINES, Limits, ONE, commit, commits, lines, watermark};

#[tokio::test]
async fn events_come_in_four_forms() {
    let admin = Admin::start(Limits::default()).await;
    let document = r#"{"n": 1e400, "id":820982911946154508}"#;
    let one = commit("1", &json!({})).to_string().replacen('{', &format!(r#"{{"data": {document},"#), 1);
    admin.post(ONE, &one).await.kept(1, 0, 0);
    admin.post(BATCH, json!([commit("2", &json!({}))]).to_string()).await.kept(1, 0, 0);
    admin.post(&format!("{LINES}; charset=UTF-8"), lines(&[commit("3", &json!({}))])).await.kept(1, 0, 0);
    admin
        .post(LINES, format!("\u{feff}\r\n{}\r\n\n{}", commit("4", &json!({})), commit("5", &json!({}))))
        .await
        .kept(2, 0, 0);
    admin.post(JSON, commit("6", &json!({})).to_string()).await.kept(1, 0, 0);
    admin.post(JSON, format!(" {}", json!([commit("7", &json!({}))]))).await.kept(1, 0, 0);
    admin.post(BATCH, "[]").await.kept(0, 0, 0);
    let outcomes = admin.outcomes();
    let keys: Vec<&str> = outcomes.iter().map(|(_, key, ..)| key.as_str()).collect();
    assert_eq!(keys, ["K1", "K2", "K3", "K4", "K5", "K6", "K7"]);
    assert_eq!(outcomes[0], ("committed".into(), "K1".into(), "callback:erp".into(), Some(document.into())));
    admin.stop().await;
}

#[tokio::test]
async fn chunks_and_one_connection_for_many_requests() {
    let admin = Admin::start(Limits::default()).await;
    let mut client = crate::support::Conn::to(admin.addr()).await;
    for number in 0..3 {
        let event = commit(&number.to_string(), &json!({})).to_string();
        let (first, second) = event.split_at(20);
        let head = format!(
            "POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ONE}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        client.write(format!("{head}{:x}\r\n{first}\r\n{:x}\r\n", first.len(), second.len())).await;
        client.write(format!("{second}\r\n0\r\n\r\n")).await;
        sidecar::told(&mut client).await.kept(1, 0, 0);
    }
    drop(client);
    admin.stop().await;
}

#[tokio::test]
async fn the_same_fact_is_kept_once_over_restarts() {
    let admin = Admin::start(Limits::default()).await;
    let census = commit("c", &json!({"type": "paritee.census.order"}));
    let batch = json!([commit("1", &json!({})), watermark("2026-03-02T10:00:00Z"), census, commit("1", &json!({}))]);
    admin.post(BATCH, batch.to_string()).await.kept(3, 1, 0);
    admin.post(BATCH, batch.to_string()).await.kept(0, 4, 0);
    let folder = admin.stop().await;

    let admin = Admin::at(folder, Limits::default()).await;
    admin.post(BATCH, batch.to_string()).await.kept(0, 4, 0);
    // The same id of another source is another fact.
    admin.post(ONE, commit("1", &json!({"source": "wms"})).to_string()).await.kept(1, 0, 0);
    assert_eq!((admin.count("outcome"), admin.count("census"), admin.count("watermark")), (2, 1, 1));
    admin.stop().await;
}

#[tokio::test]
async fn another_content_under_the_same_id_is_told_and_the_first_stays() {
    let admin = Admin::start(Limits::default()).await;
    admin.post(ONE, commit("1", &json!({"data": {"a": 1}})).to_string()).await.kept(1, 0, 0);
    for change in
        [json!({"data": {"a": 2}}), json!({}), json!({"data": {"a": 1}, "time": "2026-03-02T10:00:00.000001Z"})]
    {
        admin.post(ONE, commit("1", &change).to_string()).await.kept(0, 0, 1);
    }
    admin.post(ONE, commit("1", &json!({"data": {"a": 1}, "traceparent": "x"})).to_string()).await.kept(0, 1, 0);
    assert_eq!(admin.outcomes(), [("committed".into(), "K1".into(), "callback:erp".into(), Some(r#"{"a":1}"#.into()))]);
    admin.stop().await;
}

#[tokio::test]
async fn an_id_that_is_used_twice_hides_no_second_document() {
    let admin = Admin::start(Limits::default()).await;
    let first = commit("1", &json!({}));
    admin.post(ONE, first.to_string()).await.kept(1, 0, 0);
    let census = commit("1", &json!({"type": "paritee.census.order"}));
    admin.post(ONE, census.to_string()).await.kept(1, 0, 0);
    for change in [
        json!({"lane": "legacy"}),
        json!({"type": "paritee.order.cancelled"}),
        json!({"subject": "other"}),
        json!({"reference": "SO-1b"}),
        json!({"reference": null}),
        json!({"type": "paritee.census.order", "subject": "other"}),
    ] {
        let batch = json!([commit("2", &json!({})), commit("1", &change), watermark("2026-03-02T10:00:00Z")]);
        let told = admin.post(BATCH, batch.to_string()).await;
        told.refused(409, "1 of 3 events were told before of something else, and none was kept");
        assert_eq!(told.json()["events"][0]["index"], 1);
    }
    let twice = json!([commit("3", &json!({})), commit("3", &json!({"reference": "SO-3b"}))]);
    admin.post(BATCH, twice.to_string()).await.refused(409, "give each fact an `id` of its own");
    assert_eq!((admin.count("outcome"), admin.count("census"), admin.count("watermark")), (1, 1, 0));
    admin.stop().await;
}

#[tokio::test]
async fn a_watermark_that_says_nothing_new_is_no_second_witness() {
    let admin = Admin::start(Limits::default()).await;
    let at = |at: &str| watermark(at).to_string();
    admin.post(ONE, at("2026-03-02T10:00:00Z")).await.kept(1, 0, 0);
    admin.post(ONE, at("2026-03-02T11:00:00+01:00")).await.kept(0, 1, 0);
    admin.post(ONE, at("2026-03-02T09:59:59Z")).await.kept(0, 1, 0);
    admin.post(ONE, at("2026-03-02T10:00:00.000001Z")).await.kept(1, 0, 0);
    let folder = admin.stop().await;
    let admin = Admin::at(folder, Limits::default()).await;
    admin.post(ONE, at("2026-03-02T10:00:00.000001Z")).await.kept(0, 1, 0);
    admin.post(LINES, format!("{}\n{}", at("2026-03-02T10:00:01Z"), at("2026-03-02T10:00:01Z"))).await.kept(1, 1, 0);
    assert_eq!(admin.count("watermark"), 3);
    admin.stop().await;
}

#[tokio::test]
async fn an_order_of_arrival_is_kept_over_many_rows_and_watermarks_come_last() {
    let admin = Admin::start(Limits::default()).await;
    let mut events = commits(2_345);
    events.insert(7, watermark("2026-03-02T10:00:00Z"));
    events.push(commit("last", &json!({})));
    admin.post(LINES, lines(&events)).await.kept(events.len(), 0, 0);
    let reader = paritee::journal::Reader::open(&admin.path()).unwrap();
    let sql = "SELECT (SELECT count(*) FROM outcome o WHERE o.id < w.id), (SELECT count(*) FROM outcome o WHERE o.id > w.id) \
        FROM watermark w";
    let around =
        reader.connection().query_row(sql, [], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))).unwrap();
    assert_eq!(around, (2_346, 0));
    let keys: Vec<String> = admin.outcomes().into_iter().map(|(_, key, ..)| key).collect();
    assert_eq!(keys[..3], ["K0", "K1", "K2"]);
    admin.stop().await;
}

#[tokio::test]
async fn an_extract_of_paritees_own_import_keeps_its_source() {
    let admin = Admin::start(Limits::default()).await;
    let extract = json!({"specversion": "1.0", "type": "paritee.extract", "source": "paritee:import:gated", "id": "x",
        "lane": "gated", "data": {"file_name": "week.csv", "file_digest": "ab", "file_bytes": 9, "rows": 1, "recorded": 1,
        "columns": ["number"], "began_at": "2026-03-02T10:00:00Z", "ended_at": "2026-03-02T10:00:01Z",
        "complete_through": "2026-03-02T09:00:00Z", "error": null}});
    let row = commit("1", &json!({"source": "paritee:import:gated"}));
    admin.post(BATCH, json!([row, extract, extract]).to_string()).await.kept(2, 1, 0);
    admin.post(BATCH, json!([row, extract]).to_string()).await.kept(0, 2, 0);
    assert_eq!((admin.outcomes()[0].2.as_str(), admin.count("extract")), ("import:gated", 1));
    let stranger = commit("2", &json!({"type": "paritee.extract", "data": {}})).to_string();
    let told = admin.post(ONE, stranger).await;
    told.refused(422, "1 of 1 events can't be taken");
    admin.stop().await;
}

#[tokio::test]
async fn life_and_readiness_are_told_without_a_token() {
    let admin = Admin::start(Limits { token: Some("t0ken"), ..Limits::default() }).await;
    for (path, status, text) in [("/healthz", 200, "alive\n"), ("/readyz", 200, "ready\n"), ("/nowhere", 404, "")] {
        let told = admin.exchange(format!("GET {path} HTTP/1.1\r\nHost: monitor.example\r\n\r\n")).await;
        assert_eq!((told.status, told.text.as_str()), (status, text), "{path}");
    }
    admin.stop().await;
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_hold_the_end_up() {
    let admin = Admin::start(Limits::default()).await;
    let silent = crate::support::Conn::to(admin.addr()).await;
    let mut idle = crate::support::Conn::to(admin.addr()).await;
    idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(sidecar::told(&mut idle).await.status, 200);
    admin.stop().await;
    drop((silent, idle));
}
