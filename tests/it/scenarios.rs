//! Every scenario that comes with paritee, as somebody plays it.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Mutex;

use paritee::scenario::{self, Options, Scenario};

use crate::support::{Ended, in_time, on_time, one_world};

/// Scenarios at once. Each of them mostly waits, and leaves room for the machine's own stalls: with four, one of some hundred
/// worlds was another on a slow machine of two cores, though its orders were in time.
const AT_ONCE: usize = 3;

/// One run of the binary.
#[derive(Clone, Debug)]
struct Play {
    name: &'static str,
    /// Another file than the one that comes with paritee.
    file: Option<String>,
    more: Vec<String>,
}

impl Play {
    fn new(name: &'static str, more: &[&str]) -> Self {
        Self { name, file: None, more: more.iter().map(|it| (*it).to_owned()).collect() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["scenario", "run", self.file.as_deref().unwrap_or(self.name)]).args(&self.more);
        command
    }

    fn as_promised(&self) -> Result<(), String> {
        let ended = in_time(|| self.command());
        match ended.code {
            Some(0) => Ok(()),
            code => Err(format!("{} {:?}: {code:?}\n{}\n{}", self.name, self.more, ended.out, ended.err)),
        }
    }

    /// Plays what must not come to what is promised.
    fn not_as_promised(&self) -> Result<(), String> {
        let Ended { code, out, err } = on_time(|| self.command());
        match code == Some(2) && out.contains("  NOT  ") {
            true => Ok(()),
            false => Err(format!("{} {:?} came out as promised all the same\n{out}\n{err}", self.name, self.more)),
        }
    }
}

/// Played once: it keeps both cores busy for a while.
const HEAVY: &str = "thirty-thousand";

fn all() -> Vec<&'static str> {
    scenario::listed().unwrap().iter().map(|listed| listed.name).filter(|name| *name != HEAVY).collect()
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
fn as_promised() -> Vec<String> {
    let seeds: [&[&str]; 3] = [&[], &[], &["--seed", "7"]];
    let plays = seeds.iter().flat_map(|more| all().into_iter().map(|name| Play::new(name, more))).collect();
    play(plays, Play::as_promised)
}

/// An expectation that holds whatever happens would prove nothing.
fn without_one_of_their_faults() -> Vec<String> {
    let mut plays = Vec::new();
    for name in all() {
        let text = scenario::embedded(name).unwrap();
        let scenario = Scenario::parse(name, name, text, &Options::default()).unwrap();
        plays.extend(scenario.removable.iter().map(|id| Play::new(name, &["--without", id])));
    }
    assert!(plays.len() > 25, "{} faults and events", plays.len());
    play(plays, Play::not_as_promised)
}

/// A world in which nothing goes wrong must not come to what it promises where something does.
fn with_a_loss_where_there_are_no_faults() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut plays = Vec::new();
    for name in all() {
        let text = scenario::embedded(name).unwrap();
        if Scenario::parse(name, name, text, &Options::default()).unwrap().removable.is_empty() {
            let file = folder.path().join(format!("{name}.toml"));
            let loss = "\n[[fault]]\nat = \"gated\"\nwhat = \"lose\"\norders = [7]\n";
            std::fs::write(&file, format!("{text}{loss}")).unwrap();
            plays.push(Play { file: Some(file.to_string_lossy().into_owned()), ..Play::new(name, &[]) });
        }
    }
    assert!(plays.len() > 4, "{} worlds without faults", plays.len());
    play(plays, Play::not_as_promised)
}

#[test]
fn thirty_thousand_orders_bound_the_loss_at_one_in_ten_thousand() {
    let _world = one_world();
    Play::new(HEAVY, &[]).as_promised().unwrap();
}

/// `paritee scenario` with these arguments.
fn paritee(arguments: &[&str]) -> Ended {
    Command::new(env!("CARGO_BIN_EXE_paritee")).arg("scenario").args(arguments).output().unwrap().into()
}

#[test]
fn what_can_not_be_played_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "title = \"t\"\nstory = \"s\"\nclaim = \"c\"\n[storefront]\norders = 10\n[[fault]]\nat = \"gated\"\nwhat = \"lose\"\ncount = 11\n").unwrap();
    let kept = folder.path().join("kept/too-few-orders");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join("journal.db"), "somebody's evidence").unwrap();
    let file = file.to_str().unwrap();
    let kept = folder.path().join("kept");
    for (arguments, expected) in [
        (
            &["run", file][..],
            &["mine.toml:9:9", "`fault.count` is 11, and 10 orders are placed", "`expect` is missing"][..],
        ),
        (&["run", "no-such-scenario"], &["read the scenario `no-such-scenario`", "paritee scenario list"]),
        (&["run", "clean-cutover", "--without", "lose"], &["it has neither faults nor events"]),
        (&["run", "too-few-orders", "--keep", kept.to_str().unwrap()], &["it is there already"]),
        (&["run", "too-few-orders", "--keep", file], &["make the folder"]),
        (&["run"], &["<FILE>..."]),
    ] {
        let ended = paritee(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        for words in expected {
            assert!(ended.err.contains(words), "{arguments:?}\n{}\ndoes not say {words}", ended.err);
        }
    }
}

/// A limit on the length of files stands for a full disk: the journal opens, and soon takes no rows.
#[test]
fn a_full_disk_is_said_and_ends_the_scenario() {
    let script = r#"trap "" XFSZ; ulimit -f 1400; exec "$0" scenario run too-few-orders"#;
    let run = Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_paritee")]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("it takes no rows"), "{told}");
}

/// A busy machine does to copies what a pause does. Whose world did not come out as promised is told; whose copies were in time is not.
#[test]
fn copies_that_were_behind_are_named_where_not_all_is_as_promised() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["scenario", "run"]).arg(&file);
        command
    };
    // So long that the milliseconds of a busy machine don't count.
    let text = scenario::embedded("too-few-orders").unwrap().replace("over = \"1m\"", "over = \"10m\"");
    let loss = "\n[[fault]]\nat = \"gated\"\nwhat = \"lose\"\norders = [7]\n";
    let pause = "\n[[event]]\nat = \"shadow\"\nwhat = \"paused\"\nfrom = \"1m\"\nlasts = \"3m\"\n";
    let _world = one_world();
    let told = |more: &str, code: i32| {
        std::fs::write(&file, format!("{text}{more}")).unwrap();
        let ended = Ended::from(command().output().unwrap());
        assert_eq!(ended.code, Some(code), "{more}\n{}\n{}", ended.out, ended.err);
        ended.err.contains("copies were sent late")
    };
    assert!(told(&format!("{loss}{pause}"), 2));
    assert!(!told(pause, 0), "it is worth no word where all is as promised");
    // A machine that stalls in each of three plays is none to tell by.
    assert!((0..3).any(|_| !told(loss, 2)), "copies were in time");
}

#[test]
fn the_list_names_every_scenario_and_what_it_proves() {
    let ended = paritee(&["list"]);
    assert_eq!(ended.code, Some(0));
    for listed in scenario::listed().unwrap() {
        assert!(ended.out.contains(&format!("{}\n", listed.name)), "{}", listed.name);
    }
    assert!(ended.out.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn the_scenario_on_the_page_is_without_fault() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenarios.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    Scenario::parse("page", "docs/scenarios.md", text, &Options::default()).unwrap();
}

#[test]
fn every_scenario_comes_to_what_it_promises_and_without_one_of_its_faults_to_something_else() {
    let _worlds = one_world();
    let wrong = [as_promised(), without_one_of_their_faults(), with_a_loss_where_there_are_no_faults()].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
