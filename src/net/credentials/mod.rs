//! Credentials towards a ledger: what stands in `Authorization`, got and renewed as its kind needs. No secret and no
//! token is ever part of an error, a log line or a debug text.

mod command;
mod oauth;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::fetch::{FetchError, Fetcher};
use crate::config::{Auth, OAuth};

/// A token is renewed so long before its end: longer than a page may take by default, and a request that is sent with
/// it still is in time.
const MARGIN: Duration = Duration::from_secs(60);

/// Credentials of one ledger. All that use them share one token, and renew it once.
#[derive(Debug)]
pub struct Credentials {
    kind: Kind,
    fetcher: Fetcher,
    /// Held while a token is got, so that whoever needs one meanwhile waits for it instead of asking, too.
    held: Mutex<Option<Token>>,
}

#[derive(Debug)]
enum Kind {
    /// What never changes.
    Fixed(HeaderValue),
    /// What can't be sent in a header.
    Broken,
    OAuth(Box<OAuth>),
    Command {
        argv: Vec<String>,
        renew_every: Duration,
    },
}

/// What stands in `Authorization`, and until when.
#[derive(Clone, Debug)]
pub struct Token {
    header: HeaderValue,
    /// When to get the next one; `None`: it never ends.
    renew_at: Option<Instant>,
}

/// Why there are no credentials to send.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The token, user or password can't be part of a header field.
    #[error("send the credentials: they hold a character that no header field can bear; check `auth`")]
    NoHeader,
    /// The token server gave no answer.
    #[error("get a token from {url}: failed to {why}")]
    Unreachable {
        /// The token server.
        url: String,
        /// Why not.
        why: FetchError,
    },
    /// The token server said no.
    #[error("get a token from {url}: answered {status}{reason}; check `auth`")]
    Refused {
        /// The token server.
        url: String,
        /// HTTP status.
        status: u16,
        /// What it said, as RFC 6749 (5.2) has it: `: error: error_description`, or nothing.
        reason: String,
    },
    /// The token server's answer has no token.
    #[error("get a token from {url}: {what}; check that `token_url` is the token endpoint")]
    NoToken {
        /// The token server.
        url: String,
        /// What is wrong with its answer.
        what: &'static str,
    },
    /// The private key is none.
    #[error("sign an assertion for {url}: the key is no private key for {algorithm} as PEM: {why}")]
    Key {
        /// The token server.
        url: String,
        /// How it was to sign.
        algorithm: &'static str,
        /// Why not.
        why: String,
    },
    /// The command failed.
    #[error("get a token by the command `{program}`: {why}; run it by hand as the same user to see more")]
    Command {
        /// The program.
        program: String,
        /// How it failed.
        why: String,
    },
}

impl Credentials {
    /// Credentials as configured. Nothing is asked for yet.
    #[must_use]
    pub fn new(auth: Auth, fetcher: Fetcher) -> Self {
        let kind = match auth {
            Auth::Bearer(token) => bearer(token.expose()).map_or(Kind::Broken, Kind::Fixed),
            Auth::Basic { user, password } => basic(&user, password.expose()).map_or(Kind::Broken, Kind::Fixed),
            Auth::OAuth(oauth) => Kind::OAuth(oauth),
            Auth::Command { argv, renew_every } => Kind::Command { argv, renew_every },
        };
        Self { kind, fetcher, held: Mutex::new(None) }
    }

    /// What to send now; a token that is about to end is renewed first.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn token(&self) -> Result<Token, CredentialError> {
        if let Kind::Fixed(header) = &self.kind {
            return Ok(Token { header: header.clone(), renew_at: None });
        }
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.is_good()) {
            return Ok(token.clone());
        }
        *held = None;
        let (text, good_for) = match &self.kind {
            Kind::Fixed(_) | Kind::Broken => return Err(CredentialError::NoHeader),
            Kind::OAuth(oauth) => oauth::token(oauth, &self.fetcher).await?,
            Kind::Command { argv, renew_every } => (command::token(argv).await?, *renew_every),
        };
        let header = bearer(&text).ok_or(CredentialError::NoHeader)?;
        let token = Token { header, renew_at: Instant::now().checked_add(less_margin(good_for)) };
        *held = Some(token.clone());
        Ok(token)
    }

    /// Takes a token back that the ledger has refused with 401, and says whether there can be another.
    pub async fn refused(&self, token: &Token) -> bool {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.header == token.header) {
            *held = None;
        }
        matches!(self.kind, Kind::OAuth(_) | Kind::Command { .. })
    }
}

impl Token {
    /// The value of `Authorization`; marked sensitive.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    fn is_good(&self) -> bool {
        self.renew_at.is_none_or(|at| Instant::now() < at)
    }
}

/// How long to use what is good for so long: less the margin, and of what ends soon the first half.
fn less_margin(good_for: Duration) -> Duration {
    good_for.saturating_sub(MARGIN.min(good_for / 2))
}

fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.trim()))
}

fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests;
