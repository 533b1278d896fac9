//! From a file to a configuration that nothing is wrong with, or to everything that is.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::combine::Production;
use super::draft::{self, Written};
use super::fault::{Faults, KEPT_MAX, Span};
use super::origin::Origins;
use super::reader::Context;
use super::{Config, combine, expand, mask, profiles, syntax};

/// Longest file that is read. A configuration has a few kilobytes; what is longer is another file.
pub const BYTES_MAX: usize = 1 << 20;

/// A configuration that can be used, and what to say about it all the same.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The configuration.
    pub config: Config,
    /// Warnings and notes.
    pub notes: Faults,
    written: Written,
    origins: Origins,
}

impl Checked {
    /// The configuration as TOML with every default filled in, and said behind each value that a profile brought. Secrets
    /// stay `env:NAME`.
    #[must_use]
    pub fn expanded(&self) -> String {
        self.origins.beside(&expand::expanded(&self.config, &self.written))
    }

    /// Where the admin port's token comes from, as `env:NAME`.
    #[must_use]
    pub fn token_source(&self) -> Option<&str> {
        self.written.token.as_deref()
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("find the configuration `{}`; paritee.example.toml is one to begin with", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder.
    #[error("read the configuration `{}`: it is a folder; name the file in it", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// It can't be read.
    #[error("read the configuration `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is longer than [`BYTES_MAX`].
    #[error("read the configuration `{}`: it is longer than {BYTES_MAX} bytes, so it is probably another file", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It is no UTF-8.
    #[error("read the configuration `{}`: line {line} is not UTF-8; save the file as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that isn't, counted from 1.
        line: usize,
    },
    /// It holds faults.
    #[error("accept the configuration:\n\n{0}")]
    Faulty(Faults),
}

/// Reads a configuration from its file and the process's environment.
///
/// # Errors
/// When the file can't be read as text, or with every fault in it.
pub fn load(path: &Path) -> Result<Checked, LoadError> {
    load_with(path, Production::Refused)
}

/// As [`load`], for who sends nothing to the shadow, or has an arming for it: its ledger may be a production.
///
/// # Errors
/// As [`load`].
pub fn load_armed(path: &Path) -> Result<Checked, LoadError> {
    load_with(path, Production::Allowed)
}

fn load_with(path: &Path, production: Production) -> Result<Checked, LoadError> {
    let text = read(path)?;
    let env = |name: &str| std::env::var(name).ok();
    parse_with(&path.display().to_string(), &text, &env, production).map_err(LoadError::Faulty)
}

fn read(path: &Path) -> Result<String, LoadError> {
    let path_buf = || path.to_owned();
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => LoadError::Missing { path: path_buf() },
        io::ErrorKind::IsADirectory => LoadError::Folder { path: path_buf() },
        _ => LoadError::Unreadable { path: path_buf(), source },
    };
    let mut bytes = Vec::new();
    let limit = BYTES_MAX as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() > BYTES_MAX {
        return Err(LoadError::TooLong { path: path_buf() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        LoadError::NotUtf8 { path: path_buf(), line: good.filter(|byte| **byte == b'\n').count() + 1 }
    })
}

/// Reads a configuration from its text. `name` stands for the file in messages, `env` for the environment.
///
/// # Errors
/// With every fault, and every warning and note beside them.
pub fn parse(name: &str, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Checked, Faults> {
    parse_with(name, text, env, Production::Refused)
}

/// As [`parse`], where the shadow's ledger may be a production: see [`load_armed`].
///
/// # Errors
/// As [`parse`].
pub fn parse_armed(name: &str, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Checked, Faults> {
    parse_with(name, text, env, Production::Allowed)
}

fn parse_with(
    name: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
    production: Production,
) -> Result<Checked, Faults> {
    if text.len() > BYTES_MAX {
        return Err(Faults::whole(name, format!("the configuration is longer than {BYTES_MAX} bytes")));
    }
    let Some((mut root, errors)) = syntax::tree(text) else {
        return Err(Faults::whole(name, "the configuration is nested too deep".to_owned()));
    };
    let broken = syntax::faults(text, &errors);
    let broken_spans: Vec<Span> = broken.iter().take(KEPT_MAX).filter_map(|found| found.span.clone()).collect();
    let masked = mask::masked(text, root.get_ref(), &broken_spans);
    profiles::merge(root.get_mut());
    let origins = Origins::of(root.get_ref());
    let (empty, context) = (DeTable::new(), Context::new(env, "the configuration"));
    let draft = draft::read(&context, root.get_ref(), &empty);
    if broken.is_empty() {
        combine::check(&draft, production, &context);
    }
    let resolved = (broken.is_empty() && !context.is_faulty()).then(|| draft.resolve()).flatten();
    let found = syntax::beside(text, broken, context.into_found());
    let faults = Faults::new(name, text, masked, found);
    match resolved {
        Some((config, written)) => Ok(Checked { config, notes: faults, written, origins }),
        None => Err(faults),
    }
}
