//! A run in chapters: the sidecar starts, orders are placed, it stops or is killed, it starts again; the report is
//! asked for at any time.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use paritee::cli::serve::{self, Options, Sidecar};
use paritee::judge::{Assessment, Decision, Fate, GateName};
use paritee::outcome::Lane;
use paritee::sim::{OrderNumber, Topic, World, WorldPlan};
use paritee::{audit, config, journal};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A guard against a run that never settles; runs settle in a few seconds.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// How often the report is asked for where no journal is open in this process that could tell of news.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// A world, a folder with its journal, and the configuration between them.
pub(super) struct Journey {
    folder: TempDir,
    pub(super) world: World,
    config: String,
}

/// A sidecar that is a process of its own, and can be killed.
pub(super) struct Process {
    child: Child,
    pub(super) addr: SocketAddr,
}

impl Journey {
    pub(super) async fn begin(plan: WorldPlan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::start(plan).await.unwrap();
        let config = world.config(&folder.path().join("week3.db"));
        Self { folder, world, config }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.path().join("week3.db")
    }

    /// Changes the configuration; what is to be changed must be there.
    pub(super) fn rewrite(&mut self, from: &str, to: &str) {
        assert!(self.config.contains(from), "{from} is not in\n{}", self.config);
        self.config = self.config.replace(from, to);
    }

    pub(super) async fn serve(&self, new_run: Option<&str>) -> Sidecar {
        let checked = config::parse("world.toml", &self.config, &|_| None).unwrap();
        let options = Options { new_run: new_run.map(str::to_owned), ..Options::default() };
        serve::start(checked.config, options).await.unwrap()
    }

    /// Starts a sidecar as a process of its own, and waits until it says where it listens.
    pub(super) fn process(&self) -> Process {
        let file = self.folder.path().join("paritee.toml");
        std::fs::write(&file, &self.config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_paritee"))
            .args(["serve", "--config"])
            .arg(&file)
            .env("PARITEE_LOG", "info")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.by_ref().find_map(|line| {
            let at = line.split("listen=").nth(1)?;
            at.split_whitespace().next()?.parse().ok()
        });
        // Its log is read to the end, or it would wait for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Process { addr: said.expect("it says where it listens"), child }
    }

    /// Places orders one after the other; each answer's status, 0 where there was none.
    pub(super) async fn place(&self, tee: SocketAddr, numbers: impl IntoIterator<Item = OrderNumber>) -> Vec<u16> {
        let mut answers = Vec::new();
        for number in numbers {
            answers.push(self.tell(tee, number, Topic::Create).await);
        }
        answers
    }

    pub(super) async fn tell(&self, tee: SocketAddr, number: OrderNumber, topic: Topic) -> u16 {
        let webhook = self.world.shop().webhook(number, topic);
        let mut head = format!("POST /webhooks/{} HTTP/1.1\r\nhost: shop.test\r\n", topic.as_str());
        for (name, value) in &webhook.headers {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head.push_str(&format!(
            "content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            webhook.body.len()
        ));
        exchange(tee, head, webhook.body).await.unwrap_or(0)
    }

    pub(super) async fn assess(&self, run: Option<u32>, until: Option<Timestamp>) -> Assessment {
        let path = self.journal();
        let assess = move || audit::assess(&journal::Reader::open(&path).unwrap(), run, until).unwrap();
        tokio::task::spawn_blocking(assess).await.unwrap()
    }

    /// The first assessment that is `settled`.
    pub(super) async fn settled(&self, what: &str, settled: impl Fn(&Assessment) -> bool) -> Assessment {
        let settling = async {
            loop {
                let assessment = self.assess(None, None).await;
                if settled(&assessment) {
                    return assessment;
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        match timeout(SETTLE_MAX, settling).await {
            Ok(assessment) => assessment,
            Err(_) => panic!("{what} does not come about: {}", tell(&self.assess(None, None).await)),
        }
    }
}

impl Process {
    /// Kills it without a warning (SIGKILL).
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn exchange(tee: SocketAddr, head: String, body: Bytes) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(tee).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

pub(super) fn count(assessment: &Assessment, lane: Lane, fate: Fate) -> u64 {
    assessment.fates.get(lane).get(&fate).copied().unwrap_or(0)
}

/// Nothing is open any more, and so many orders are judged.
pub(super) fn closed(orders: u64) -> impl Fn(&Assessment) -> bool {
    move |assessment| {
        let open = [Fate::Pending, Fate::Unobserved, Fate::Unsent];
        let open = Lane::ALL.iter().flat_map(|lane| open.map(|fate| count(assessment, *lane, fate))).sum::<u64>();
        assessment.totals.orders_captured == orders && open == 0
    }
}

pub(super) fn go(assessment: &Assessment) -> bool {
    assessment.decision == Decision::Go
}

/// The gates that are not GO.
pub(super) fn not_go(assessment: &Assessment) -> Vec<(GateName, Decision)> {
    let bad = assessment.gates.iter().filter(|gate| gate.status != Decision::Go);
    bad.map(|gate| (gate.name, gate.status)).collect()
}

/// What is worth reading where an assessment is not what it should be.
pub(super) fn tell(assessment: &Assessment) -> String {
    let gates = assessment.gates.iter();
    let gates: Vec<String> =
        gates.map(|gate| format!("  {} {}: {}; {}", gate.name, gate.status, gate.measured, gate.reason)).collect();
    format!(
        "{}\n{}\nfates {:?}\ntotals {:?}\ncounts {:?}\nlanes {:?}\nexceptions {:?}",
        assessment.decision,
        gates.join("\n"),
        assessment.fates,
        assessment.totals,
        assessment.run.counts,
        assessment.run.lanes,
        assessment.exceptions.iter().take(5).collect::<Vec<_>>()
    )
}

/// received = teed + passed through + skipped, and nothing is unaccounted for.
pub(super) fn conserved(assessment: &Assessment) {
    let counts = &assessment.run.counts;
    let sum = counts.teed + counts.passed_through + counts.skipped.values().sum::<u64>();
    assert_eq!(counts.received, sum, "{counts:?}");
    assert_eq!(assessment.totals.residual, Default::default(), "{:?}", assessment.totals);
}
