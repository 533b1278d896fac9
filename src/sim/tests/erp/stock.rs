//! The ERP's stock: who has goods, who waits, what is sold beyond what there is, and who is told.

use super::*;

fn order(external_id: &str, channel: Option<&str>, units: u32) -> Value {
    let lines = json!([{ "sku": "A", "quantity": units, "price": "1.00" }]);
    let mut order = json!({ "external_id": external_id, "currency": "EUR", "total": "1.00", "lines": lines });
    if let Some(channel) = channel {
        order["channel"] = json!(channel);
    }
    order
}

async fn stocked(units: u32) -> Desk {
    let stock = StockPlan { each: 100, of: [("A".to_owned(), units)].into() };
    open(&ErpPlan { stock: Some(stock), ..ErpPlan::default() }).await
}

#[tokio::test]
async fn what_cannot_be_set_aside_is_oversold_over_all_channels() {
    let desk = stocked(5).await;
    let left = |desk: &Desk| (desk.erp.available()["A"], desk.erp.oversold_units());
    assert_eq!(left(&desk), (5, 0));
    for (id, channel, units, expected) in [
        ("1", None, 3, (2, 0)),
        ("MKT-1", Some("marketplace"), 1, (1, 0)),
        ("2", Some("web"), 2, (-1, 1)),
        ("MKT-2", Some("marketplace"), 4, (-5, 5)),
    ] {
        desk.ask(&order(id, channel, units), None).await.unwrap();
        assert_eq!(left(&desk), expected, "order {id}");
    }
    assert!(desk.moments("1").allocated.is_some());
    assert_eq!((desk.moments("2").documents, desk.moments("2").allocated), (1, None));
    assert_eq!(desk.moments("MKT-1"), Moments::default(), "nobody is told of the marketplace's");
    assert_eq!(desk.teller.waiting(), 1);

    desk.cancel("1").await;
    assert!(desk.moments("2").allocated.is_some(), "it waited longest");
    assert_eq!((left(&desk), desk.teller.waiting()), ((-2, 2), 2));
    let channels: Vec<Value> =
        desk.page("").await["items"].as_array().unwrap().iter().map(|it| it["channel"].clone()).collect();
    assert_eq!(channels, ["web", "marketplace", "web", "marketplace"]);
}

#[tokio::test]
async fn stock_does_not_show_in_the_documents() {
    let (plenty, scarce) = (open(&ErpPlan::default()).await, stocked(1).await);
    let mut shown = Vec::new();
    for desk in [&plenty, &scarce] {
        desk.ask(&order("1", None, 2), None).await.unwrap();
        let mut item = desk.page("").await["items"][0].clone();
        item.as_object_mut().unwrap().remove("created_at");
        shown.push(item);
    }
    assert_eq!(shown[0], shown[1]);
    assert!(plenty.moments("1").allocated.is_some());
    assert_eq!((plenty.erp.oversold_units(), plenty.erp.available().len()), (0, 0));
    assert_eq!((scarce.erp.oversold_units(), scarce.moments("1").allocated), (1, None));
}

#[tokio::test]
async fn an_order_that_was_rolled_back_takes_no_goods() {
    let desk = stocked(1).await;
    desk.post("1", Some(ROLL_BACK)).await;
    assert_eq!((desk.erp.available()["A"], desk.moments("1")), (1, Moments::default()));
}
