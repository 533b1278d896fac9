//! Every scenario that comes with paritee, as somebody plays it: the binary, a process for each, because the clock of
//! a process belongs to one world at a time.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Mutex;

use paritee::scenario::{self, Options, Scenario};

/// Scenarios at once. Each of them mostly waits, and leaves room for the machine's own stalls.
const AT_ONCE: usize = 3;

/// A scenario whose orders came late by the world's clock is no experiment: it is done again, so often at most.
const TRIES: usize = 3;

/// What the binary says where orders came late.
const LATE: &str = "placed late by the world's clock";

/// One run of the binary.
#[derive(Clone, Debug)]
struct Play {
    name: &'static str,
    more: Vec<String>,
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Play {
    fn new(name: &'static str, more: &[&str]) -> Self {
        Self { name, more: more.iter().map(|it| (*it).to_owned()).collect() }
    }

    fn once(&self) -> Ended {
        let command = Command::new(env!("CARGO_BIN_EXE_paritee"))
            .args(["scenario", "run", self.name])
            .args(&self.more)
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: command.status.code(), out: text(&command.stdout), err: text(&command.stderr) }
    }

    /// Plays until it comes to what it promises, or fails with orders that came in time.
    fn as_promised(&self) -> Result<(), String> {
        let mut last = self.once();
        for _ in 1..TRIES {
            if last.code == Some(0) || !last.err.contains(LATE) {
                break;
            }
            last = self.once();
        }
        match last.code {
            Some(0) => Ok(()),
            _ => Err(format!("{} {:?}: {:?}\n{}\n{}", self.name, self.more, last.code, last.out, last.err)),
        }
    }

    /// Plays what must not come to what is promised.
    fn not_as_promised(&self) -> Result<(), String> {
        let ended = self.once();
        let fails = ended.code == Some(2) && ended.out.contains("  NOT  ");
        if fails {
            Ok(())
        } else {
            Err(format!(
                "{} {:?} came out as promised all the same\n{}\n{}",
                self.name, self.more, ended.out, ended.err
            ))
        }
    }
}

fn all() -> Vec<&'static str> {
    scenario::listed().unwrap().iter().map(|listed| listed.name).collect()
}

/// Plays them a few at a time; what went wrong.
fn play(plays: Vec<Play>, how: impl Fn(&Play) -> Result<(), String> + Sync) -> Vec<String> {
    let (queue, wrong) = (Mutex::new(VecDeque::from(plays)), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(play) = { queue.lock().unwrap().pop_front() } {
                    if let Err(why) = how(&play) {
                        wrong.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// Each of them twice, and from another seed.
#[test]
fn every_scenario_comes_to_what_it_promises_again_and_from_another_seed() {
    let seeds: [&[&str]; 3] = [&[], &[], &["--seed", "7"]];
    let plays = seeds.iter().flat_map(|more| all().into_iter().map(|name| Play::new(name, more))).collect();
    let wrong = play(plays, Play::as_promised);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An expectation that holds whatever happens would prove nothing.
#[test]
fn without_one_of_its_faults_no_scenario_comes_to_what_it_promises() {
    let mut plays = Vec::new();
    for name in all() {
        let text = scenario::embedded(name).unwrap();
        let scenario = Scenario::parse(name, name, text, &Options::default()).unwrap();
        plays.extend(scenario.removable.iter().map(|id| Play::new(name, &["--without", id])));
    }
    assert!(plays.len() > 25, "{} faults and events", plays.len());
    let wrong = play(plays, Play::not_as_promised);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
