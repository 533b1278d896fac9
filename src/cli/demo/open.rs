//! Opens a page in the user's browser, by the system's own command for it.

use std::process::{Command, Stdio};

/// The command that opens a file as its user would.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens a file, or a URL; says so where that can't be done, which is no reason to fail.
pub(super) fn in_browser(page: &str) {
    let opened =
        Command::new(OPENER).arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = opened {
        super::say(&format!("{OPENER} could not be started ({error}); open {page} in a browser"));
    }
}
