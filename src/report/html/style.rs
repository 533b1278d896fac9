//! The style sheet, and the policy that lets nothing else in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The whole of the page's style.
pub const SHEET: &str = include_str!("style.css");

/// The content security policy: nothing is loaded or run, and no style but the sheet applies (CSP level 3, hashes).
pub(super) fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SHEET));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}
