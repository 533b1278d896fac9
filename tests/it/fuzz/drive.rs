//! Drives a target over its corpus and over mutations of it: a bounded number of them in a usual test, or as long as
//! `PARITEE_FUZZ_SECONDS` says, from the seed that `PARITEE_FUZZ_SEED` says. What fails is written down as a file, to be
//! put into the corpus once it is mended.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::mutate::mutated;

/// The seed of a usual test.
const SEED: u64 = 412;

/// Longest time for one input. Without optimisation, beside other tests on a small machine, the longest takes a tenth of it.
const INPUT_MAX: Duration = Duration::from_secs(5);

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
    for (name, input) in corpus {
        attempt(target, name, input, &tries);
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
        attempt(target, &format!("seed {seed}"), &mutated(&mut rng, input, other), &tries);
    }
}

fn attempt(target: &str, name: &str, input: &[u8], tries: &impl Fn(&[u8])) {
    let begin = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| tries(input)));
    let took = begin.elapsed();
    if ended.is_ok() && took <= INPUT_MAX {
        return;
    }
    let file = std::env::temp_dir().join(format!("paritee-fuzz-{target}-{}", name.replace(' ', "-")));
    fs::write(&file, input).unwrap();
    panic!("{target}, {name}: it panicked, or took {took:?}; the input is {}", file.display());
}
