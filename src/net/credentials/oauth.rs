//! OAuth 2 client credentials (RFC 6749, 4.4): with a secret (2.3.1), or with an assertion that a private key signs
//! (RFC 7523, 2.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode, Uri};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::{CredentialError, sensitive};
use crate::clock;
use crate::config::{ClientCredential, OAuth, Secret, SigningAlgorithm, percent_encoded};
use crate::net::fetch::{Ask, Fetched, Fetcher};
use crate::order::{Json, Pointer};

/// How long a token server may take.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Longest answer of a token server: a token has a few kilobytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// How long a token is used whose server doesn't say how long it is good for (RFC 6749, 5.1, only recommends that).
const GOOD_FOR_UNSAID: Duration = Duration::from_secs(300);

/// How long an assertion is good for: one request, by clocks that differ a little.
const ASSERTION_GOOD_FOR_S: i64 = 240;

/// Longest part of a refusal's words that is shown.
const WORDS_CHARS_MAX: usize = 200;

/// RFC 7523, 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of an assertion (RFC 7523, 3).
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
    /// No claim of RFC 7523; NetSuite reads the scope here, and others ignore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// A new token, and how long it is good for.
pub(super) async fn token(oauth: &OAuth, fetcher: &Fetcher) -> Result<(String, Duration), CredentialError> {
    let url = shown(&oauth.token_url);
    let ask = request(oauth)?;
    let answered = fetcher.fetch(&ask, ANSWER_BYTES_MAX, WAIT_MAX).await;
    let answer = answered.map_err(|why| CredentialError::Unreachable { url: url.clone(), why })?;
    if answer.status != StatusCode::OK {
        let reason = words(&answer, oauth);
        return Err(CredentialError::Refused { url, status: answer.status.as_u16(), reason });
    }
    read(&answer.body).map_err(|what| CredentialError::NoToken { url, what })
}

fn request(oauth: &OAuth) -> Result<Ask, CredentialError> {
    let mut form = vec![("grant_type", "client_credentials".to_owned())];
    form.extend(oauth.scope.clone().map(|scope| ("scope", scope)));
    let mut headers = vec![
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ];
    match &oauth.credential {
        ClientCredential::Secret { secret, in_form } => {
            form.extend(oauth.audience.clone().map(|audience| ("audience", audience)));
            if *in_form {
                form.push(("client_id", oauth.client_id.clone()));
                form.push(("client_secret", secret.expose().to_owned()));
            } else {
                let pair = format!("{}:{}", percent_encoded(&oauth.client_id), percent_encoded(secret.expose()));
                let basic = sensitive(&format!("Basic {}", STANDARD.encode(pair)));
                headers.push((AUTHORIZATION, basic.ok_or(CredentialError::NoHeader)?));
            }
        }
        ClientCredential::Assertion { key_pem, algorithm, key_id } => {
            form.push(("client_id", oauth.client_id.clone()));
            form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
            form.push(("client_assertion", assertion(oauth, key_pem, *algorithm, key_id.clone())?));
        }
    }
    let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    let body = Bytes::from(pairs.join("&"));
    Ok(Ask { method: Method::POST, url: oauth.token_url.clone(), headers, body })
}

/// A JWT that says who asks whom, signed.
fn assertion(
    oauth: &OAuth,
    key_pem: &Secret,
    algorithm: SigningAlgorithm,
    key_id: Option<String>,
) -> Result<String, CredentialError> {
    let url = oauth.token_url.to_string();
    let failed = |error: jsonwebtoken::errors::Error| CredentialError::Key {
        url: shown(&oauth.token_url),
        algorithm: algorithm.as_str(),
        why: error.to_string(),
    };
    let pem = key_pem.expose().as_bytes();
    let (key, signs) = match algorithm {
        SigningAlgorithm::Rs256 => (EncodingKey::from_rsa_pem(pem), Algorithm::RS256),
        SigningAlgorithm::Ps256 => (EncodingKey::from_rsa_pem(pem), Algorithm::PS256),
        SigningAlgorithm::Es256 => (EncodingKey::from_ec_pem(pem), Algorithm::ES256),
    };
    let mut header = Header::new(signs);
    header.kid = key_id;
    let iat = clock::now().as_second();
    let claims = Claims {
        iss: &oauth.client_id,
        sub: &oauth.client_id,
        aud: oauth.audience.as_deref().unwrap_or(&url),
        jti: uuid::Uuid::now_v7().to_string(),
        iat,
        exp: iat + ASSERTION_GOOD_FOR_S,
        scope: oauth.scope.as_deref(),
    };
    jsonwebtoken::encode(&header, &claims, &key.map_err(failed)?).map_err(failed)
}

/// A token and its time out of a good answer (RFC 6749, 5.1). The time may be written as a text.
fn read(body: &[u8]) -> Result<(String, Duration), &'static str> {
    let json = Json::parse(body).map_err(|_| "its answer is no JSON")?;
    let kind = member(&json, "token_type");
    if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err("its token is no bearer token");
    }
    let token = member(&json, "access_token").filter(|token| !token.is_empty());
    let token = token.ok_or("its answer has no `access_token`")?;
    let seconds = member(&json, "expires_in").and_then(|text| text.parse().ok());
    Ok((token, seconds.map_or(GOOD_FOR_UNSAID, Duration::from_secs)))
}

/// What a refusal says of itself, the client's own secret struck out of it.
fn words(answer: &Fetched, oauth: &OAuth) -> String {
    let Ok(json) = Json::parse(&answer.body) else { return String::new() };
    let mut words = String::new();
    for name in ["error", "error_description"] {
        if let Some(text) = member(&json, name) {
            words.push_str(": ");
            words.push_str(&text);
        }
    }
    if let ClientCredential::Secret { secret, .. } = &oauth.credential
        && !secret.expose().is_empty()
    {
        words = words.replace(secret.expose(), "…");
    }
    words.chars().filter(|letter| !letter.is_control()).take(WORDS_CHARS_MAX).collect()
}

fn member(json: &Json<'_>, name: &str) -> Option<String> {
    let pointer = Pointer::parse(&format!("/{name}")).ok()?;
    pointer.get(json)?.scalar_text().map(str::to_owned)
}

/// A URL without its query, which some servers take secrets in.
fn shown(url: &Uri) -> String {
    let authority = url.authority().map(ToString::to_string).unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{}://{host}{}", url.scheme_str().unwrap_or("http"), url.path())
}
