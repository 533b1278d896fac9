//! Drives a target over its corpus and over mutations of it: a bounded number of them in a usual test, or as long as
//! `PARITEE_FUZZ_SECONDS` says, from the seed that `PARITEE_FUZZ_SEED` says. What fails is written down as a file, to be
//! put into the corpus once it is mended.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::mutate::mutated;

/// The seed of a usual test.
const SEED: u64 = 412;

/// Longest time for one input. Without optimisation, beside other tests on a small machine, the longest takes a tenth of it.
const INPUT_MAX: Duration = Duration::from_secs(5);

/// Longest time until an input counts as one that never ends.
const ENDLESS: Duration = Duration::from_secs(120);

/// What is tried now, and since when; nothing where that ended.
type Now = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

/// Ends the process where an input never does, which nothing else could tell from a test that hangs.
#[expect(clippy::print_stderr, reason = "the process ends with it")]
fn watched(target: &str) -> Now {
    let now = Now::default();
    let (target, watch) = (target.to_owned(), Arc::downgrade(&now));
    std::thread::spawn(move || {
        while let Some(now) = watch.upgrade() {
            if let Some((_, input)) = now.lock().unwrap().as_ref().filter(|(since, _)| since.elapsed() > ENDLESS) {
                let file = kept(&target, "endless", input);
                eprintln!("{target}: an input never ends: {}", file.display());
                std::process::abort();
            }
            drop(now);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    now
}

/// An input as a file.
fn kept(target: &str, name: &str, input: &[u8]) -> PathBuf {
    let file = std::env::temp_dir().join(format!("paritee-fuzz-{target}-{}", name.replace(' ', "-")));
    fs::write(&file, input).unwrap();
    file
}

/// The inputs of a target, each with its name.
pub(super) fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}: no corpus", folder.display());
    let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read(file).unwrap())).collect()
}

/// Tries each input as it is, then `count` mutations, or for longer. `tries` panics where something is wrong.
pub(super) fn drive(target: &str, corpus: &[(String, Vec<u8>)], count: u64, tries: impl Fn(&[u8])) {
    let now = watched(target);
    for (name, input) in corpus {
        attempt(target, name, input, &now, &tries);
    }
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let until = number("PARITEE_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let first = number("PARITEE_FUZZ_SEED").unwrap_or(SEED);
    for turn in 0.. {
        if until.map_or(turn >= count, |until| Instant::now() >= until) {
            break;
        }
        let seed = first.wrapping_add(turn);
        let mut rng = Rng::with_seed(seed);
        let [(_, input), (_, other)] = [(); 2].map(|()| &corpus[rng.usize(0..corpus.len())]);
        attempt(target, &format!("seed {seed}"), &mutated(&mut rng, input, other), &now, &tries);
    }
}

fn attempt(target: &str, name: &str, input: &[u8], now: &Now, tries: &impl Fn(&[u8])) {
    let begin = Instant::now();
    *now.lock().unwrap() = Some((begin, input.to_vec()));
    let ended = catch_unwind(AssertUnwindSafe(|| tries(input)));
    *now.lock().unwrap() = None;
    let took = begin.elapsed();
    if ended.is_ok() && took <= INPUT_MAX {
        return;
    }
    let file = kept(target, name, input);
    panic!("{target}, {name}: it panicked, or took {took:?}; the input is {}", file.display());
}
