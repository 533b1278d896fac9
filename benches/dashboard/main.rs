//! The dashboard on a journal of a million orders: how long until it is judged, and how long each page takes then:
//! `cargo bench --bench dashboard [-- ORDERS [TIMES]]`. The journal is the one of the bench `report`, made where it isn't there yet.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark's own journal and its result"
)]

#[path = "../made/mod.rs"]
mod made;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use made::Plan;
use paritee::cli::serve::serve_finished;
use tokio::sync::oneshot;

/// Orders, and how often each page is asked for, where nobody says.
const ORDERS: u64 = 1_000_000;
const TIMES: usize = 100;

/// Asks for a path on a connection of its own; the status, and the bytes of the answer.
fn get(at: SocketAddr, path: &str) -> (String, usize) {
    let mut stream = TcpStream::connect(at).expect("the dashboard listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    (String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned(), answer.len())
}

/// Resident memory of this process, in MB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// What no order's number ends with.
const NOBODY: &str = "-nobody";

fn measure(at: SocketAddr, times: usize, what: &str, path: impl Fn(usize) -> String) {
    let mut took: Vec<Duration> = Vec::with_capacity(times);
    let mut bytes = 0;
    for time in 0..times {
        let path = path(time);
        let from = Instant::now();
        let (status, length) = get(at, &path);
        took.push(from.elapsed());
        if status != if path.ends_with(NOBODY) { "404" } else { "200" } {
            panic!("{path} answers {status}");
        }
        bytes = length;
    }
    took.sort_unstable();
    let at = |part: usize| {
        took.get((took.len() * part / 100).min(took.len() - 1)).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    };
    println!("{what:<44} median {:>7.2} ms, 99 % {:>7.2} ms, {bytes} bytes", at(50), at(99));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<u64>().ok());
    let plan = Plan { orders: number(0).unwrap_or(ORDERS), seed: 7, twisted_per_mille: 20, census: false };
    let times = number(1).and_then(|times| usize::try_from(times).ok()).unwrap_or(TIMES);
    let path = plan.kept();
    let key = |reader: &paritee::journal::Reader, number: usize| -> String {
        let sql = "SELECT order_key FROM capture WHERE order_key IS NOT NULL AND id >= ? ORDER BY id LIMIT 1";
        let last: i64 =
            reader.connection().query_row("SELECT max(id) FROM capture", [], |row| row.get(0)).expect("captures");
        let from = last / 101 * (i64::try_from(number % 100).unwrap_or(0) + 1);
        reader.connection().query_row(sql, [from], |row| row.get(0)).expect("an order")
    };
    let reader = paritee::journal::Reader::open(&path).expect("a journal");
    let keys: Vec<String> = (0..times).map(|number| key(&reader, number)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (ready, at) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let from = Instant::now();
    let serving = runtime.spawn(async move {
        let ready = |address| _ = ready.send(address);
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Box::pin(serve_finished(&path, listen, ready, async { drop(ended.await) })).await
    });
    let at = at.blocking_recv().expect("it listens");
    while get(at, "/v1/orders?rows=1").0 != "200" || get(at, "/v1/assessment").0 != "200" {
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("{} orders judged {:.1} s after the start, {} MB", plan.orders, from.elapsed().as_secs_f64(), resident());
    // A page is kept for a second: each of these is made anew, as its query is another one.
    measure(at, times, "overview, as it is kept", |_| "/".to_owned());
    measure(at, times, "exceptions, the worst, page by page", |time| format!("/exceptions?page={}", time + 1));
    measure(at, times, "exceptions by age, of one owner", |time| {
        format!("/exceptions?owner=erp_it&by=age&page={}", time + 1)
    });
    measure(at, times, "orders, the newest, page by page", |time| format!("/orders?page={}&rows=50", time + 1));
    measure(at, times, "orders by fate", |time| format!("/v1/orders?fate=lost&lane=legacy&page={}", time + 1));
    let key = |time: usize| keys.get(time).map_or("", String::as_str);
    measure(at, times, "look-up by the key: the page", |time| format!("/orders/{}", key(time)));
    measure(at, times, "look-up by the key: JSON", |time| format!("/v1/orders/{}", key(time)));
    measure(at, times, "look-up of a number that none has: the page", |time| format!("/orders/{}{NOBODY}", key(time)));
    measure(at, times, "signals", |_| "/signals".to_owned());
    println!("{} MB at the end", resident());
    drop(end);
    runtime.block_on(serving).expect("it ends").expect("in order");
}
