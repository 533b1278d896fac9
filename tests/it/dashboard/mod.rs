//! The dashboard on the admin port of a running sidecar: pages, JSON, events, sessions.

mod api;
mod browser;
mod finished;
mod login;
mod pages;
mod played;

use std::sync::{Arc, Mutex};

use paritee::cli::serve::Options;
use paritee::config;
use serde_json::Value;

use crate::support::{Conn, Lane, Message, Served, Setup, World, answer, configuration, post, soon};

/// Both ledgers are read all the time: what becomes of orders shows within a second.
const REST: &str = r#"
[lane.legacy.poll]
url = "http://LIVE/ledger"
every = "100ms"
items = ""
order_key = "/key"
reference = "/number"

[lane.gated.poll]
url = "http://GATED/ledger"
every = "100ms"
items = ""
order_key = "/key"
reference = "/number"

[lane.legacy.document]
total = "/total"
currency = "/currency"

[lane.gated.document]
total = "/total"
currency = "/currency"

[order]
lines = "/lines"
sku = "/sku"
quantity = "/quantity"
total = "/total"
currency = "/currency"
"#;

/// An order is to be there soon.
const SOON: &str = "sla = \"150ms\"\nhorizon = \"300ms\"\ngrace = \"200ms\"";

/// An order that hostile customers place: it must stay text wherever it is shown.
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

/// Both lanes with a ledger each. Of orders with `lost` in their key the gated lane commits none, of those with `twice` two.
struct Shop {
    world: World,
    _lanes: [Served; 2],
}

/// A ledger of one lane.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Vec<(String, String)>>>);

impl Ledger {
    fn add(&self, key: &str, number: String) {
        self.0.lock().unwrap().push((key.to_owned(), number));
    }

    fn page(&self) -> String {
        let rows = self.0.lock().unwrap();
        let rows: Vec<Value> = rows
            .iter()
            .map(|(key, number)| serde_json::json!({ "key": key, "number": number, "total": "19.90", "currency": "EUR", "customer": { "name": "Ada Beispiel" } }))
            .collect();
        serde_json::to_string(&rows).unwrap()
    }
}

fn key_of(request: &Message) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

impl Shop {
    async fn open(admin: &str) -> Self {
        Self::with(admin, SOON).await
    }

    /// With what `[admin]` and `[settle]` say.
    async fn with(admin: &str, settle: &str) -> Self {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db").display().to_string();
        let (live_addr, gated_addr) = (live.addr().to_string(), gated.addr().to_string());
        let text = configuration(Setup::default(), &journal, &live_addr, &gated_addr);
        let text = format!("{text}\n{REST}\n[settle]\n{settle}\n[admin]\nlisten = \"127.0.0.1:0\"\n{admin}");
        let text = text.replace("LIVE", &live_addr).replace("GATED", &gated_addr);
        let config = config::parse("test.toml", &text, &|_| Some("s3cr3t".into()));
        let config = config.unwrap_or_else(|faults| panic!("{faults}")).config;
        let ledgers = [Ledger::default(), Ledger::default()];
        let [of_live, of_gated] = ledgers.clone();
        let lanes = [
            live.serve(move |request| {
                if request.head.starts_with("GET ") {
                    return answer("200 OK", "", &of_live.page());
                }
                let key = key_of(request);
                of_live.add(&key, format!("L-{key}"));
                answer("200 OK", "", "ok")
            }),
            gated.serve(move |request| {
                if request.head.starts_with("GET ") {
                    return answer("200 OK", "", &of_gated.page());
                }
                let key = key_of(request);
                let times = if key.contains("lost") { 0 } else { 1 + usize::from(key.contains("twice")) };
                (0..times).for_each(|time| of_gated.add(&key, format!("G-{key}-{time}")));
                answer("201 Created", "", &serde_json::json!({ "id": format!("G-{key}-0") }).to_string())
            }),
        ];
        let world = World::of(folder, config, Options::default()).await.unwrap();
        Self { world, _lanes: lanes }
    }

    /// Places an order, and waits for its confirmation.
    async fn order(&self, key: &str) {
        let mut client = self.world.client().await;
        let body = serde_json::json!({
            "id": key, "total": "19.90", "currency": "EUR", "customer": { "name": "Ada Beispiel", "email": "ada@example.org" },
            "lines": [{ "sku": "MUG", "quantity": 1 }],
        });
        client.write(post("/orders", "", &body.to_string())).await;
        client.expect(answer("200 OK", "", "ok")).await;
    }

    async fn get_with(&self, path: &str, headers: &str) -> Message {
        let mut client = Conn::to(self.world.sidecar.admin_addr().unwrap()).await;
        let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        client.write(format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n")).await;
        client.message().await
    }

    async fn get(&self, path: &str) -> Message {
        self.get_with(path, "").await
    }

    async fn json(&self, path: &str) -> Value {
        let message = self.get(path).await;
        serde_json::from_slice(&message.body).unwrap_or_else(|_| panic!("{path}: {}{}", message.head, message.text()))
    }

    /// Asks until the answer is as it should be.
    async fn until(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        soon(path, async {
            loop {
                let value = self.json(path).await;
                if fits(&value) {
                    return value;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await
    }

    /// Orders of which one is lost and one is there twice, all of them judged.
    async fn with_faults() -> Self {
        let shop = Self::open("").await;
        for key in ["1001", "1002", "lost-1", "twice-1", HOSTILE] {
            shop.order(key).await;
        }
        shop.until("/v1/exceptions", |value| value["count"] == 2).await;
        // A double commit counts before its time has come; now all have had theirs.
        shop.until("/v1/assessment", |value| {
            value["exceptions_count"] == 2 && value["fates"]["gated"]["pending"].is_null()
        })
        .await;
        shop
    }
}

fn status(message: &Message) -> u16 {
    message.head.split_whitespace().nth(1).unwrap().parse().unwrap()
}
