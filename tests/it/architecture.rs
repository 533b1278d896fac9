//! The map of ARCHITECTURE.md, held: imports point downwards, every file says what it is for, none grows too big.

use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, in lines.
const LINES_MAX: usize = 600;

/// The layer of each module; `None` for one that the map doesn't have.
fn layer(module: &str) -> Option<u8> {
    Some(match module {
        "order" | "outcome" | "diff" | "stats" | "judge" | "report" => 0,
        "clock" | "telemetry" | "config" | "intake" | "journal" | "run" | "net" | "audit" => 1,
        "tee" | "shadow" | "observe" | "replay" | "dashboard" | "sim" => 2,
        "scenario" | "cli" | "main" | "lib" => 3,
        _ => return None,
    })
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// The first component below `src`, without `.rs`.
fn module_of(file: &Path, src: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Modules of this crate that a line names: after `crate::`, or `paritee::` in the binary.
fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut modules = Vec::new();
    for prefix in ["crate::", "paritee::"] {
        for rest in code.split(prefix).skip(1) {
            let names =
                rest.strip_prefix('{').map_or(rest, |list| list.split_once("};").map_or(list, |(list, _)| list));
            let grouped = rest.starts_with('{');
            let parts: Vec<&str> = if grouped { top_level(names) } else { vec![names] };
            for part in parts {
                let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                modules.push(name);
            }
        }
    }
    modules
}

/// Splits at the commas outside braces.
fn top_level(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[from..]);
    parts
}

/// What is wrong with an import of `to` in `from`; edges must not meet each other.
fn fault(from: &str, to: &str) -> Option<String> {
    let (Some(above), Some(below)) = (layer(from), layer(to)) else {
        return None;
    };
    let meets = above == 2 && below == 2 && from != to;
    (below > above || meets).then(|| format!("{from} (layer {above}) imports {to} (layer {below})"))
}

#[test]
fn imports_point_downwards_and_edges_never_meet() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for file in rust_files(&src) {
        let module = module_of(&file, &src);
        assert!(layer(&module).is_some(), "{module} is in no layer: add it to the map, and here");
        let text = fs::read_to_string(&file).unwrap();
        faults.extend(
            imports(&text).iter().filter_map(|to| fault(&module, to)).map(|why| format!("{}: {why}", file.display())),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for file in rust_files(&root.join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            if !text.starts_with("//!") {
                faults.push(format!("{} begins without //!", file.display()));
            }
            if text.lines().count() > LINES_MAX {
                faults.push(format!("{} is longer than {LINES_MAX} lines", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_checks_above_can_fail() {
    assert_eq!(imports("use crate::journal::Row;\nuse crate::{order::{A, B}, tee};"), ["journal", "order", "tee"]);
    assert!(imports("// crate::tee is not imported here").is_empty());
    for (from, to, wrong) in [
        ("judge", "journal", true),
        ("tee", "shadow", true),
        ("journal", "judge", false),
        ("tee", "journal", false),
        ("order", "outcome", false),
        ("cli", "tee", false),
        ("net", "cli", true),
        ("sim", "tee", true),
    ] {
        assert_eq!(fault(from, to).is_some(), wrong, "{from} -> {to}");
    }
}

/// A sidecar that judged by another clock than the machine's would be of no use: only simulated worlds compress it.
#[test]
fn only_simulated_worlds_compress_the_clock() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src).into_iter().filter(|file| !file.ends_with("src/clock.rs"));
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap().replace("decompress(", "");
    let compressing = files.filter(|file| text(file).contains("compress("));
    let modules: Vec<String> = compressing.map(|file| module_of(&file, &src)).collect();
    assert_eq!(modules, ["scenario"]);
}

/// What can't be said in a query that is to judge a journal as it was: there the tables are views.
fn only_of_tables(code: &str) -> Option<&'static str> {
    let code = code.replace("NOT INDEXED", "");
    ["main.", "INDEXED BY", "rowid"].into_iter().find(|words| code.contains(words))
}

/// `verify --report` judges a journal as it was, by views that stand before the tables.
#[test]
fn queries_of_what_judges_name_no_schema_no_index_and_no_rowid() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = ["audit", "journal/read"].into_iter().flat_map(|folder| rust_files(&src.join(folder)));
    let files: Vec<PathBuf> =
        files.filter(|file| !file.ends_with("read/past.rs") && !file.ends_with("tests.rs")).collect();
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let words = only_of_tables(&fs::read_to_string(&file).unwrap());
        assert_eq!(words, None, "{}: a view has none of it, see ARCHITECTURE.md", file.display());
    }
    assert_eq!(only_of_tables("SELECT id FROM main.capture"), Some("main."));
    assert_eq!(only_of_tables("SELECT id FROM capture INDEXED BY a"), Some("INDEXED BY"));
    assert_eq!(only_of_tables("SELECT id FROM capture NOT INDEXED"), None);
}
