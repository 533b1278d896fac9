//! A sidecar between a live lane and a played ERP, and what the judge says of its orders.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::response::Response;
use paritee::audit::{self, OrderFound, OrderSeen};
use paritee::cli::serve::{self, Options, Sidecar};
use paritee::judge::{Assessment, Fate};
use paritee::order::OrderKey;
use paritee::outcome::Lane;
use paritee::{config, journal, report};
use serde_json::json;
use tempfile::TempDir;

use super::erp::{Asked, Books, Refusal, Turn, Vendor, reply, time};

/// A guard against a run that never settles; runs settle in a few seconds.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// How often the judge is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// The integration that is to be replaced: it answers at once, and what the ERP then refuses is lost in its log. Its ERP is another
/// one, whose documents hold this JSON beside their names.
pub(super) struct Legacy(pub(super) serde_json::Value);

impl Vendor for Legacy {
    fn answer(&self, books: &Books, asked: &Asked) -> Response {
        if asked.uri.path() != "/ledger" {
            if let Some(order) = order_of(asked)
                && books.of(&order).is_none()
                && !matches!(books.turn(&order), Turn::Refuse(_))
            {
                books.commit(Some(order));
            }
            return reply(200, &[], Some(json!({"ok": true})));
        }
        let since = time(&asked.parameter("since").unwrap());
        let items = books.changed_since(since).into_iter().map(|document| {
            let mut item = json!({"id": document.number, "external_id": document.order, "created_at": document.changed_at.to_string()});
            item["goods"] = self.0.clone();
            item
        });
        reply(200, &[], Some(json!({"items": items.collect::<Vec<_>>()})))
    }
}

/// The key of the order in a webhook of any storefront, as it is written.
pub(super) fn order_of(asked: &Asked) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(&asked.body).ok()?;
    let id = json.get("id").or_else(|| json.pointer("/data/id"))?;
    Some(id.to_string())
}

/// What legacy's ERP refuses: the same as the other one does.
pub(super) const REFUSED: &[Turn] = &[Turn::Refuse(Refusal::UnknownItem)];

pub(super) struct Run {
    folder: TempDir,
    sidecar: Sidecar,
}

impl Run {
    /// Starts a sidecar; `lanes` and `route` are the lines that a user writes of a profile.
    pub(super) async fn begin(
        route: &str,
        legacy: SocketAddr,
        gated: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            r#"
[tee]
listen = "127.0.0.1:0"
journal = "{}"
journal_wait_max_ms = 10000

[[tee.route]]
path = "/webhooks/orders"
{route}

[settle]
sla = "1s"
horizon = "1500ms"

[lane.legacy]
url = "http://{legacy}"
ledger = "production"

[lane.legacy.poll]
url = "http://{legacy}/ledger?since={{since}}"
committed_at = "/created_at"
every = "200ms"
overlap = "2s"

[lane.gated]
ledger = "sandbox"
{gated}

[gates]
loss_rate_max = 0.25
latency_quantile = 0.5
sensitivity_min = 0.5
"#,
            folder.path().join("week3.db").display()
        );
        let checked = config::parse("test.toml", &text, env).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        let sidecar = serve::start(checked.config, Options::default()).await.unwrap();
        Self { folder, sidecar }
    }

    pub(super) fn tee(&self) -> SocketAddr {
        self.sidecar.tee_addr()
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.path().join("week3.db")
    }

    async fn assess(&self) -> Assessment {
        let path = self.journal();
        let assess = move || audit::assess(&journal::Reader::open(&path).unwrap(), None, None).unwrap();
        tokio::task::spawn_blocking(assess).await.unwrap()
    }

    /// The first assessment in which `orders` are judged, nothing is open, and `settled` holds.
    pub(super) async fn settled(&self, orders: u64, settled: impl Fn(&Assessment) -> bool) -> Assessment {
        let settling = async {
            loop {
                let assessment = self.assess().await;
                let open = [Fate::Pending, Fate::Unobserved, Fate::Unsent];
                let is_open = Lane::ALL.iter().any(|lane| open.iter().any(|fate| count(&assessment, *lane, *fate) > 0));
                if assessment.totals.orders_captured == orders && !is_open && settled(&assessment) {
                    return assessment;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        match tokio::time::timeout(SETTLE_MAX, settling).await {
            Ok(assessment) => assessment,
            Err(_) => panic!("it does not settle: {}", tell(&self.assess().await)),
        }
    }

    /// All that is known of an order.
    pub(super) fn order(&self, key: &str) -> Box<OrderSeen> {
        let reader = journal::Reader::open(&self.journal()).unwrap();
        match audit::order(&reader, &OrderKey::new(key).unwrap()).unwrap() {
            OrderFound::Order(seen) => seen,
            OrderFound::Nothing { similar, .. } => panic!("no order {key}, but {similar:?}"),
        }
    }

    /// An order's fate on the gated lane, and the documents that it rests on.
    pub(super) fn gated(&self, key: &str) -> (Fate, Vec<String>) {
        let seen = self.order(key);
        let documents = seen.verdict.lanes.gated.documents.iter();
        (seen.verdict.fates.gated, documents.filter_map(|document| document.reference.clone()).collect())
    }

    /// The story of an order, as `paritee order` prints it, holds these words, in this order.
    pub(super) fn tells(&self, key: &str, words: &[&str]) {
        let seen = self.order(key);
        let text = report::order(&seen.timeline, &seen.verdict, &seen.policy, 500, report::Style::Plain);
        let mut rest = text.as_str();
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("`{word}` is not, or too early, in\n{text}"));
            rest = &rest[at + word.len()..];
        }
    }

    pub(super) async fn stop(self) {
        let journal = self.journal();
        self.sidecar.stop().await;
        crate::support::journal::assert_verified(&journal);
    }
}

pub(super) fn count(assessment: &Assessment, lane: Lane, fate: Fate) -> u64 {
    assessment.fates.get(lane).get(&fate).copied().unwrap_or(0)
}

/// What is worth reading where an assessment is not what it should be.
pub(super) fn tell(assessment: &Assessment) -> String {
    let gates = assessment.gates.iter();
    let gates: Vec<String> =
        gates.map(|gate| format!("  {} {}: {}; {}", gate.name, gate.status, gate.measured, gate.reason)).collect();
    format!(
        "{}\n{}\nfates {:?}\nparity {:?}\ntotals {:?}\ncounts {:?}\nlanes {:?}\nexceptions {:?}",
        assessment.decision,
        gates.join("\n"),
        assessment.fates,
        assessment.parity,
        assessment.totals,
        assessment.run.counts,
        assessment.run.lanes,
        assessment.exceptions
    )
}
