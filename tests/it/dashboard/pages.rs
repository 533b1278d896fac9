//! What stands on the pages.

use super::{HOSTILE, Shop, status};
use crate::support::soon;

async fn text(shop: &Shop, path: &str) -> String {
    let page = shop.get(path).await;
    assert_eq!(status(&page), 200, "{path} {}", page.head);
    page.text().to_owned()
}

/// A page once it holds what is looked for: it may be shown for a second.
async fn once(shop: &Shop, path: &str, holds: &str) -> String {
    soon(holds, async {
        loop {
            let page = shop.get(path).await.text().to_owned();
            if page.contains(holds) {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test]
async fn the_overview_says_how_it_stands() {
    let shop = Shop::with_faults().await;
    let page = once(&shop, "/", "NO-GO").await;
    for words in [
        "Decision so far, run 1",
        "no-lost-orders",
        "Who has something to do",
        "/exceptions?owner=erp_it&amp;show=open",
        "Pause the shadow",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert!(page.contains("Orders received over the last hour: 5, "), "{page}");
    shop.world.sidecar.pace().pause(true);
    once(&shop, "/", "Resume the shadow").await;
    shop.world.stop().await;
}

#[tokio::test]
async fn exceptions_say_what_to_do_and_hostile_text_stays_text() {
    let shop = Shop::with_faults().await;
    shop.order(&format!("lost-{HOSTILE}")).await;
    shop.order("=cmd|lost").await;
    shop.until("/v1/exceptions", |value| value["count"] == 4).await;
    let page = once(&shop, "/exceptions", "4 exceptions").await;
    for words in [
        "double_committed",
        "Cancel all documents but one",
        "EUR 19.90",
        "/orders/lost-%3Cimg",
        "not acknowledged",
        "&lt;img src=x onerror=alert(1)&gt;",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert!(!page.contains("<img"), "nothing of an order is markup");
    let one = text(&shop, "/exceptions?fate=lost&q=lost-1").await;
    assert!(one.contains("1 exception.") && !one.contains("double_committed on gated"), "{one}");

    let file = shop.get("/exceptions.csv?by=key").await;
    let text = dechunked(&file.body);
    assert_eq!(file.values("content-disposition"), ["attachment; filename=\"exceptions.csv\""]);
    let rows: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 5, "{text}");
    assert!(rows[0].starts_with("order_key,lane,fate,severity,owner,since,currency,money_at_risk,"));
    assert!(rows[1].starts_with("'=cmd|lost,gated,lost,forbids,ERP/IT,") && rows[1].contains(",EUR,19.9,"), "{text}");
    let bad = shop.get("/exceptions.csv?owner=x").await;
    assert_eq!(status(&bad), 400);
    let page = shop.get("/exceptions?owner=x").await;
    assert_eq!(status(&page), 400);
    assert!(page.text().contains("is not known; write"), "{}", page.text());
    shop.world.stop().await;
}

fn dechunked(mut body: &[u8]) -> String {
    let mut text = Vec::new();
    while let Some(at) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..at]).unwrap(), 16).unwrap();
        text.extend_from_slice(&body[at + 2..at + 2 + size]);
        body = &body[(at + 4 + size).min(body.len())..];
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn an_order_is_found_as_the_customer_has_it() {
    let shop = Shop::with_faults().await;
    for typed in ["twice-1", "%23twice-1", "+twice-1+"] {
        let found = shop.get(&format!("/orders?q={typed}")).await;
        assert_eq!((status(&found), found.values("location")), (303, vec!["/orders/twice-1"]), "{typed}");
    }
    let page = text(&shop, "/orders/twice-1").await;
    for words in [
        "To tell the customer: ",
        "Your order is in our system under the number L-twice-1",
        "double_committed",
        "G-twice-1-0",
        "G-twice-1-1",
        "What happened",
        "received, create",
        "Documents",
        "Differences",
        "Captures",
        "Cancel all documents but one",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert!(!page.contains("Beispiel") && !page.contains("ada@example"), "nobody is named");
    let begun = text(&shop, "/orders?q=100").await;
    assert!(begun.contains("2 orders that begin with") && begun.contains("/orders/1001"), "{begun}");
    let none = shop.get("/orders/9999").await;
    assert_eq!(status(&none), 404);
    assert!(none.text().contains("was captured") && none.text().contains("Nothing looks like it"), "{}", none.text());
    let hostile = text(&shop, "/orders/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E").await;
    assert!(hostile.contains("&lt;img src=x") && !hostile.contains("<img"), "{hostile}");
    shop.world.stop().await;
}

#[tokio::test]
async fn a_promise_that_no_ledger_shows_is_counted_down() {
    for (sla, left) in [("2h", " left</time>"), ("1ms", "overdue by ")] {
        let shop = Shop::with("", &format!("sla = \"{sla}\"\nhorizon = \"4h\"")).await;
        once(&shop, "/exceptions", "Awaited on gated: 0").await;
        shop.order("lost-7").await;
        let page = once(&shop, "/exceptions", "Awaited on gated: 1").await;
        let (_, list) = page.split_once("Awaited on gated: 1").unwrap();
        assert!(list.contains("/orders/lost-7") && list.contains(left), "{sla}\n{list}");
        assert_eq!(list.contains("Ingestion Pending Audit</strong>"), sla == "1ms", "{list}");
        let overview = once(&shop, "/", "Awaited on gated").await;
        assert_eq!(overview.contains("1 overdue"), sla == "1ms", "{overview}");
        shop.world.stop().await;
    }
}

#[tokio::test]
async fn signals_are_drawn() {
    let shop = Shop::with_faults().await;
    let page = once(&shop, "/signals", "Commit latency: from").await;
    assert!(page.contains("<svg") && page.contains("Commit latency"), "{page}");
    shop.world.stop().await;
}
