//! A program run to its end, with what it took: time, processor time, and the most memory, as Linux tells it.

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// From one look at it to the next.
const EVERY: Duration = Duration::from_millis(5);

/// Clock ticks a second, as `/proc` counts them on every Linux.
const TICKS: u64 = 100;

/// What a run took.
pub(crate) struct Run {
    /// From begin to end.
    pub(crate) wall: Duration,
    /// Of all its threads, in user space and in the kernel.
    pub(crate) cpu: Duration,
    /// The most resident memory, in KiB.
    pub(crate) peak_kib: u64,
}

/// Runs a program and watches it.
pub(crate) fn run(program: &str, arguments: &[&OsStr]) -> Run {
    let from = Instant::now();
    let mut child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut run = Run { wall: Duration::ZERO, cpu: Duration::ZERO, peak_kib: 0 };
    // One that has ended is there until it is waited for, its processor time with it.
    loop {
        let (is_over, cpu) = stat(child.id());
        run.peak_kib = run.peak_kib.max(peak_kib(child.id()));
        if is_over {
            (run.wall, run.cpu) = (from.elapsed(), cpu);
            break;
        }
        thread::sleep(EVERY);
    }
    let status = child.wait().expect("the program ends");
    // A decision of 1 or 3 is a result; 2 is an error.
    assert!(status.code().is_some_and(|code| code != 2), "{program}: {status}");
    run
}

/// Whether a process is over, and its processor time.
fn stat(process: u32) -> (bool, Duration) {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let cpu = Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS);
    (fields.first().is_none_or(|state| *state == "Z"), cpu)
}

fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
