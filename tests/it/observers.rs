//! The same run, whatever way its commits are told: by polls over HTTP and SQL, by callbacks, by imports beside a
//! running sidecar and without one. Everything over real sockets and files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use paritee::cli::serve::{self, Options, Sidecar};
use paritee::judge::{Assessment, Decision, ExceptionKind, Fate, GateName, Parity};
use paritee::outcome::{Lane, PerLane, Witness};
use paritee::sim::erp::Document;
use paritee::sim::{Fault, Plan, World, WorldPlan};
use paritee::{audit, clock, config, journal};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A guard against a run that never settles; runs settle in a few seconds.
const SETTLE_MAX: Duration = Duration::from_secs(90);

/// How the commits are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Poll,
    Sql,
    Callback,
    Import,
    /// The sidecar runs meanwhile, so that the journal is its own.
    ImportBesideServe,
}

const WAYS: [Way; 5] = [Way::Poll, Way::Sql, Way::Callback, Way::Import, Way::ImportBesideServe];

/// Exceptions that are compared; where there are more, something else is wrong, and nobody reads them all.
const EXCEPTIONS_SHOWN: usize = 5;

/// What a run comes to, apart from times and from how it was observed.
#[derive(Debug, PartialEq)]
struct Verdict {
    decision: Decision,
    gates: Vec<(GateName, Decision)>,
    fates: PerLane<BTreeMap<Fate, u64>>,
    parity: BTreeMap<Parity, u64>,
    exceptions: Vec<(String, Witness, ExceptionKind)>,
    documents: PerLane<u64>,
}

/// A world whose orders were placed, and a sidecar that knows nothing yet of what became of them.
struct Run {
    folder: TempDir,
    world: World,
    config: String,
}

impl Run {
    async fn begin(way: Way, mut plan: WorldPlan) -> (Self, Sidecar) {
        for lane in Lane::ALL {
            plan.sidecar.lanes.get_mut(*lane).read = way == Way::Poll;
        }
        // Sources that tell nothing of their clocks are taken at their word: it is this machine's clock.
        let folder = tempfile::tempdir().unwrap();
        let world = World::start(plan).await.unwrap();
        let mut config =
            world.config(&folder.path().join("week3.db")).replace("grace = ", "clock_skew_max = \"0s\"\ngrace = ");
        config.push_str(&more(way, folder.path()));
        std::fs::write(folder.path().join("paritee.toml"), &config).unwrap();
        let run = Self { folder, world, config };
        for lane in Lane::ALL {
            run.mirror(*lane);
        }
        let sidecar = run.serve().await;
        run.world.trade(sidecar.tee_addr()).await.unwrap();
        (run, sidecar)
    }

    async fn serve(&self) -> Sidecar {
        let checked = config::parse("world.toml", &self.config, &|_| None);
        let checked = checked.unwrap_or_else(|faults| panic!("{faults}\n{}", self.config));
        serve::start(checked.config, Options::default()).await.unwrap()
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("week3.db")
    }

    async fn assess(&self) -> Assessment {
        let path = self.journal();
        let assess = move || audit::assess(&journal::Reader::open(&path).unwrap(), None, None).unwrap();
        tokio::task::spawn_blocking(assess).await.unwrap()
    }

    /// Waits until every order was sent to both lanes, and answered.
    async fn sent(&self) {
        let answered =
            "SELECT count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM answer w WHERE w.attempt = a.id)";
        let unsent = "SELECT count(*) FROM capture c WHERE NOT EXISTS (SELECT 1 FROM attempt a WHERE a.capture = c.id AND a.lane = 'gated')";
        let count = |sql: &str| {
            let reader = journal::Reader::open(&self.journal()).unwrap();
            reader.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let sending = async {
            while count(unsent) + count(answered) > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(SETTLE_MAX, sending).await.expect("every order is sent");
    }

    /// Copies what a lane's ledger holds now into its database.
    fn mirror(&self, lane: Lane) {
        let mut ledger = rusqlite::Connection::open(self.folder.path().join(format!("{lane}.sqlite"))).unwrap();
        ledger
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS sales (no TEXT PRIMARY KEY, external_id TEXT, created TEXT, doc TEXT)",
            )
            .unwrap();
        let ledger = ledger.transaction().unwrap();
        for document in &self.world.erp(lane).documents() {
            let row = (&document.id, document.external_id.as_str(), document.created_at.to_string(), json(document));
            ledger.execute("INSERT OR REPLACE INTO sales VALUES (?, ?, ?, ?)", row).unwrap();
        }
        ledger.commit().unwrap();
    }

    /// Exports a lane's ledger and imports it, declared to be complete through now.
    async fn import(&self, lane: Lane) {
        let through = clock::now().to_string();
        let export = self.folder.path().join(format!("{lane}.csv"));
        let mut csv = String::from("number,order,created,doc\r\n");
        for document in &self.world.erp(lane).documents() {
            let doc = json(document).replace('"', "\"\"");
            csv.push_str(&format!("{},{},{},\"{doc}\"\r\n", document.id, document.external_id, document.created_at));
        }
        std::fs::File::create(&export).unwrap().write_all(csv.as_bytes()).unwrap();
        let folder = self.folder.path().to_owned();
        let import = move || {
            std::process::Command::new(env!("CARGO_BIN_EXE_paritee"))
                .current_dir(&folder)
                .args(["import", "--config", "paritee.toml", "--lane", lane.as_str(), "--complete-through", &through])
                .arg(&export)
                .stdin(Stdio::null())
                .output()
                .unwrap()
        };
        let output = tokio::task::spawn_blocking(import).await.unwrap();
        let told = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
    }

    /// Tells what a lane's ledger holds, then that this is all up to now.
    async fn call_back(&self, admin: SocketAddr, lane: Lane) {
        let now = clock::now();
        let mut events: Vec<String> = self
            .world
            .erp(lane)
            .documents()
            .iter()
            .map(|document| {
                format!(
                    r#"{{"specversion":"1.0","type":"paritee.order.committed","source":"erp-{lane}","id":"{}","subject":"{}","time":"{}","lane":"{lane}","reference":"{}","data":{}}}"#,
                    document.id, document.external_id, document.created_at, document.id, json(document)
                )
            })
            .collect();
        events.push(format!(
            r#"{{"specversion":"1.0","type":"paritee.watermark","source":"erp-{lane}","id":"until {now}","time":"{now}","lane":"{lane}"}}"#
        ));
        let status = post(admin, &format!("[{}]", events.join(","))).await;
        assert!((200..300).contains(&status), "{status}");
    }
}

/// What the configuration has beside the world's own.
fn more(way: Way, folder: &Path) -> String {
    // A document's own number and time are known by their places to polls over HTTP and to imports of rows, not here.
    let mut more = String::new();
    for place in ["$.id", "$.created_at"] {
        more.push_str(&format!(
            "\n[[compare.rule]]\npath = \"{place}\"\nignore = true\ndangerous = true\nreason = \"each ledger's own\"\n"
        ));
    }
    for lane in Lane::ALL {
        match way {
            Way::Sql => more.push_str(&format!(
                "\n[lane.{lane}.poll]\nevery = \"200ms\"\noverlap = \"2s\"\nlag = \"2s\"\ndatabase = \"sqlite:{}\"\nsql = \"\"\"\nselect external_id as order_key, \
                 no as reference, created as committed_at, doc as document from sales where unixepoch(created) >= unixepoch(:since)\"\"\"\n",
                folder.join(format!("{lane}.sqlite")).display()
            )),
            Way::Import | Way::ImportBesideServe => more.push_str(&format!(
                "\n[lane.{lane}.import]\norder_key = \"order\"\nreference = \"number\"\ncommitted_at = \"created\"\ndocument = \"doc\"\n"
            )),
            Way::Poll | Way::Callback => {}
        }
    }
    if matches!(way, Way::Callback | Way::ImportBesideServe) {
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        more.push_str(&format!("\n[admin]\nlisten = \"{listen}\"\n"));
    }
    more
}

fn json(document: &Document) -> String {
    serde_json::to_string(document).unwrap()
}

async fn post(admin: SocketAddr, body: &str) -> u16 {
    let head = format!(
        "POST /v1/outcomes HTTP/1.1\r\nhost: {admin}\r\ncontent-type: application/cloudevents-batch+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(admin).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
}

fn open(assessment: &Assessment) -> u64 {
    let count = |lane: &Lane, fate| assessment.fates.get(*lane).get(&fate).copied().unwrap_or(0);
    let open = [Fate::Pending, Fate::Unobserved, Fate::Unsent];
    Lane::ALL.iter().flat_map(|lane| open.map(|fate| count(lane, fate))).sum()
}

/// Every gate but the one that counts orders has come to its end.
fn decided(assessment: &Assessment) -> bool {
    // Of a hundred and fifty orders these tell nothing yet.
    let waits = |name| ![GateName::LossBound, GateName::CommitLatency].contains(&name);
    assessment.gates.iter().all(|gate| !waits(gate.name) || gate.status != Decision::Inconclusive)
}

fn verdict(assessment: Assessment) -> Verdict {
    let mut exceptions: Vec<_> =
        assessment.exceptions.iter().map(|one| (one.order_key.to_string(), one.lane, one.kind)).collect();
    exceptions.sort();
    exceptions.truncate(EXCEPTIONS_SHOWN);
    Verdict {
        decision: assessment.decision,
        gates: assessment.gates.iter().map(|gate| (gate.name, gate.status)).collect(),
        fates: assessment.fates,
        parity: assessment.parity,
        exceptions,
        documents: assessment.totals.documents,
    }
}

/// Trades a world, and tells again and again what its ledgers hold, until nothing is open.
async fn run(way: Way, plan: WorldPlan) -> Verdict {
    let orders = plan.storefront.orders;
    let (run, sidecar) = Box::pin(Run::begin(way, plan)).await;
    let (mut sidecar, admin) = (Some(sidecar), None::<SocketAddr>);
    let admin = admin.or_else(|| sidecar.as_ref().and_then(Sidecar::admin_addr));
    if matches!(way, Way::Import | Way::ImportBesideServe) {
        // An export without a row is declared complete by nobody.
        run.world.legacy().caught_up().await;
    }
    if way == Way::Import {
        // The journal is nobody's while it is imported into; before that the shadow must have sent what it has to.
        run.sent().await;
        sidecar.take().unwrap().stop().await;
    }
    let settling = async {
        loop {
            let assessment = run.assess().await;
            if assessment.totals.orders_captured == orders && open(&assessment) == 0 && decided(&assessment) {
                return assessment;
            }
            for lane in Lane::ALL {
                match way {
                    Way::Poll => {}
                    Way::Sql => run.mirror(*lane),
                    Way::Callback => run.call_back(admin.expect("it listens"), *lane).await,
                    Way::Import | Way::ImportBesideServe => run.import(*lane).await,
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let settled = timeout(SETTLE_MAX, settling).await;
    let Ok(assessment) = settled else {
        let last = run.assess().await;
        panic!("{way:?} does not settle: {:?}\n{:?}\n{:?}", last.gates, last.run.lanes, verdict(last.clone()));
    };
    if let Some(sidecar) = sidecar {
        sidecar.stop().await;
    }
    run.world.stop().await;
    verdict(assessment)
}

fn plan(orders: u64) -> WorldPlan {
    let mut plan = WorldPlan::default();
    plan.storefront.orders = orders;
    plan
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_faults_is_judged_the_same_whatever_way_its_commits_are_told() {
    const ORDERS: u64 = 150;
    let mut faulty = plan(ORDERS);
    faulty.gated.faults = Plan::none().with(40, Fault::Lose).with(80, Fault::Double).with(120, Fault::Reject);
    let expected = Box::pin(run(Way::Poll, faulty.clone())).await;
    assert_eq!(expected.decision, Decision::NoGo);
    assert_eq!(expected.exceptions.len(), 3, "{expected:?}");
    for way in WAYS.into_iter().skip(1) {
        assert_eq!(Box::pin(run(way, faulty.clone())).await, expected, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_run_is_go_whatever_way_its_commits_are_told() {
    for way in WAYS {
        let verdict = Box::pin(run(way, plan(400))).await;
        assert_eq!(verdict.decision, Decision::Go, "{way:?}: {verdict:?}");
    }
}
