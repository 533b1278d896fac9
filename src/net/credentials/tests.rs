//! Credentials against a token server on a real socket, an assertion that is verified, and real commands.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex as StdMutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::*;
use crate::config::{ClientCredential, Secret, SigningAlgorithm};

const SECRET: &str = "s3cret & more";

type Answer = Box<dyn Fn(usize) -> (u16, String) + Send>;

/// A token server: what it answers to the request of a number (from 1), and what it was asked.
#[derive(Clone)]
struct Server {
    answer: Arc<StdMutex<Answer>>,
    asked: Arc<StdMutex<Vec<(HeaderMap, String)>>>,
    url: String,
}

impl Server {
    async fn new(answer: impl Fn(usize) -> (u16, String) + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/oauth/token?tenant=7", listener.local_addr().unwrap());
        let server = Self { answer: Arc::new(StdMutex::new(Box::new(answer))), asked: Arc::default(), url };
        let app = Router::new().fallback(serve).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        server
    }

    /// A server whose tokens are `t1`, `t2` and so on.
    async fn giving(expires_in: &'static str) -> Self {
        Self::new(move |number| {
            (200, format!("{{\"access_token\":\"t{number}\",\"token_type\":\"Bearer\",\"expires_in\":{expires_in}}}"))
        })
        .await
    }

    fn oauth(&self, credential: ClientCredential) -> OAuth {
        OAuth {
            token_url: self.url.parse().unwrap(),
            client_id: "id:7".into(),
            credential,
            scope: Some("orders.read rest".into()),
            audience: None,
        }
    }

    fn credentials(&self) -> Credentials {
        let secret = ClientCredential::Secret { secret: Secret::new(SECRET.into()), in_form: false };
        of(self.oauth(secret))
    }

    fn asked(&self) -> Vec<(HeaderMap, HashMap<String, String>)> {
        let asked = self.asked.lock().unwrap();
        let form = |body: &String| {
            let uri = format!("/?{body}").parse().unwrap();
            axum::extract::Query::<HashMap<String, String>>::try_from_uri(&uri).unwrap().0
        };
        asked.iter().map(|(headers, body)| (headers.clone(), form(body))).collect()
    }
}

async fn serve(State(server): State<Server>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let mut asked = server.asked.lock().unwrap();
    asked.push((headers, body));
    let (status, text) = (server.answer.lock().unwrap())(asked.len());
    (StatusCode::from_u16(status).unwrap(), text)
}

fn of(oauth: OAuth) -> Credentials {
    Credentials::new(Auth::OAuth(Box::new(oauth)), Fetcher::new())
}

async fn header(credentials: &Credentials) -> String {
    credentials.token().await.unwrap().header().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_never_changes_is_sent_as_it_is() {
    let secret = |text: &str| Secret::new(text.into());
    for (auth, expected) in [
        (Auth::Bearer(secret("abc\n")), "Bearer abc"),
        (Auth::Basic { user: "Aladdin".into(), password: secret("open sesame") }, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ] {
        let credentials = Credentials::new(auth, Fetcher::new());
        let token = credentials.token().await.unwrap();
        assert_eq!(token.header(), expected);
        assert!(!format!("{credentials:?} {token:?}").contains(expected));
        assert!(!credentials.refused(&token).await, "there is no other");
    }
    let broken = Credentials::new(Auth::Bearer(secret("a\nb")), Fetcher::new()).token().await.unwrap_err();
    assert!(broken.to_string().contains("no header field can bear; check `auth`"), "{broken}");
}

#[tokio::test]
async fn a_client_proves_itself_by_its_secret() {
    for in_form in [false, true] {
        let server = Server::giving("3600").await;
        let secret = Secret::new(SECRET.into());
        let mut oauth = server.oauth(ClientCredential::Secret { secret, in_form });
        oauth.audience = Some("https://erp.example.test/".into());
        assert_eq!(header(&of(oauth)).await, "Bearer t1");
        let [(headers, form)] = <[_; 1]>::try_from(server.asked()).unwrap();
        let text = |name| form.get(name).map(String::as_str);
        assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(text("grant_type"), Some("client_credentials"));
        assert_eq!(text("scope"), Some("orders.read rest"));
        assert_eq!(text("audience"), Some("https://erp.example.test/"));
        let basic = STANDARD.encode("id%3A7:s3cret%20%26%20more");
        let (id, pair) = if in_form { (Some("id:7"), None) } else { (None, Some(format!("Basic {basic}"))) };
        assert_eq!((text("client_id"), text("client_secret")), (id, id.map(|_| SECRET)));
        assert_eq!(headers.get("authorization").map(|value| value.to_str().unwrap()), pair.as_deref());
    }
}

#[derive(Debug, serde::Deserialize)]
struct Said {
    iss: String,
    sub: String,
    jti: String,
    iat: i64,
    exp: i64,
    scope: String,
}

#[tokio::test]
async fn a_client_proves_itself_by_an_assertion_that_its_key_has_signed() {
    for (signs, algorithm, audience) in [
        (SigningAlgorithm::Es256, Algorithm::ES256, None),
        (SigningAlgorithm::Rs256, Algorithm::RS256, Some("https://erp.example.test/")),
        (SigningAlgorithm::Ps256, Algorithm::PS256, None),
    ] {
        let is_ec = algorithm == Algorithm::ES256;
        let kind = if is_ec { &rcgen::PKCS_ECDSA_P256_SHA256 } else { &rcgen::PKCS_RSA_SHA256 };
        let key = rcgen::KeyPair::generate_for(kind).unwrap();
        let key_pem = Secret::new(pem("PRIVATE KEY", &key.serialize_der()));
        let public = pem("PUBLIC KEY", &rcgen::PublicKeyData::subject_public_key_info(&key));
        let server = Server::giving("3600").await;
        let credential = ClientCredential::Assertion { key_pem, algorithm: signs, key_id: Some("k1".into()) };
        let mut oauth = server.oauth(credential);
        oauth.audience = audience.map(Into::into);
        assert_eq!(header(&of(oauth)).await, "Bearer t1");
        let [(headers, form)] = <[_; 1]>::try_from(server.asked()).unwrap();
        assert!(!headers.contains_key("authorization"));
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let public = if is_ec {
            DecodingKey::from_ec_pem(public.as_bytes())
        } else {
            DecodingKey::from_rsa_pem(public.as_bytes())
        };
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[audience.unwrap_or(&server.url)]);
        let said = jsonwebtoken::decode::<Said>(&form["client_assertion"], &public.unwrap(), &validation).unwrap();
        assert_eq!(said.header.kid.as_deref(), Some("k1"));
        let said = said.claims;
        assert_eq!((said.iss.as_str(), said.sub.as_str(), said.scope.as_str()), ("id:7", "id:7", "orders.read rest"));
        assert!(!said.jti.is_empty() && (1..=300).contains(&(said.exp - said.iat)), "{said:?}");
    }
}

/// PEM of DER (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[tokio::test]
async fn many_users_get_one_token_and_renew_it_once() {
    let server = Server::giving("\"3600\"").await;
    let credentials = Arc::new(server.credentials());
    let both = || async { tokio::join!(credentials.token(), credentials.token(), credentials.token()) };
    let (one, two, three) = both().await;
    let first = one.unwrap();
    assert_eq!([first.header(), two.unwrap().header(), three.unwrap().header()], ["Bearer t1"; 3]);
    assert_eq!(server.asked().len(), 1);
    // All three met 401 with the same token.
    for _ in 0..3 {
        assert!(credentials.refused(&first).await);
        assert_eq!(header(&credentials).await, "Bearer t2");
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_before() {
    let server = Server::giving("0").await;
    let credentials = server.credentials();
    assert_eq!([header(&credentials).await, header(&credentials).await], ["Bearer t1", "Bearer t2"]);
    let server = Server::giving("3600").await;
    let credentials = server.credentials();
    assert_eq!([header(&credentials).await, header(&credentials).await], ["Bearer t1", "Bearer t1"]);
    for (good_for, used_for) in [(3_600, 3_540), (300, 240), (120, 60), (60, 30), (2, 1), (0, 0)] {
        assert_eq!(less_margin(Duration::from_secs(good_for)).as_secs(), used_for);
    }
}

#[tokio::test]
async fn a_token_server_that_gives_none_is_named_and_no_secret_is_shown() {
    let refusal = format!("{{\"error\":\"invalid_client\",\"error_description\":\"no {SECRET}\"}}");
    for (status, answer, expected) in [
        (401, refusal.as_str(), "answered 401: invalid_client: no …; check `auth`"),
        (302, "", "answered 302; check `auth`"),
        (200, "<html>", "its answer is no JSON; check that `token_url` is the token endpoint"),
        (200, "{\"token\":\"t1\"}", "its answer has no `access_token`; check that `token_url` is the token endpoint"),
        (
            200,
            "{\"access_token\":\"t1\",\"token_type\":\"mac\"}",
            "its token is no bearer token; check that `token_url` is the token endpoint",
        ),
    ] {
        let body = answer.to_owned();
        let server = Server::new(move |_| (status, body.clone())).await;
        let error = server.credentials().token().await.unwrap_err();
        let place = server.url.split_once('?').unwrap().0;
        assert_eq!(error.to_string(), format!("get a token from {place}: {expected}"));
        assert!(!format!("{error:?} {:?}", server.credentials()).contains(SECRET));
    }
    let broken = ClientCredential::Assertion {
        key_pem: Secret::new("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----".into()),
        algorithm: SigningAlgorithm::Ps256,
        key_id: None,
    };
    let server = Server::giving("1").await;
    let error = of(server.oauth(broken)).token().await.unwrap_err().to_string();
    assert!(error.contains("the key is no private key for PS256 as PEM") && !error.contains("c2VjcmV0"), "{error}");
}

/// A script that a test writes.
fn script(folder: &tempfile::TempDir, text: &str) -> Auth {
    let path = folder.path().join("token.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    Auth::Command { argv: vec!["/bin/sh".into(), path.display().to_string()], renew_every: Duration::from_secs(600) }
}

#[tokio::test]
async fn a_command_prints_the_token_on_its_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count").display().to_string();
    let auth = script(&folder, &format!("echo x >> {count}\necho \" t$(wc -l < {count} | tr -d ' ') \"\necho more"));
    let credentials = Credentials::new(auth, Fetcher::new());
    let token = credentials.token().await.unwrap();
    assert_eq!(token.header(), "Bearer t1");
    assert_eq!(header(&credentials).await, "Bearer t1", "it is not run for each request");
    assert!(credentials.refused(&token).await);
    assert_eq!(header(&credentials).await, "Bearer t2");
}

#[tokio::test]
async fn a_command_that_fails_is_named_and_what_it_prints_is_not_shown() {
    for (text, expected) in [
        ("echo s3cret; exit 3", "it ended with exit status: 3"),
        ("echo s3cret >&2", "its first line is empty"),
        ("printf '\\377\\376'", "its output is no UTF-8"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let error = Credentials::new(script(&folder, text), Fetcher::new()).token().await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("get a token by the command `/bin/sh`: {expected}; run it by hand as the same user to see more")
        );
    }
    let missing = Auth::Command { argv: vec!["/no/such/program".into()], renew_every: Duration::ZERO };
    let error = Credentials::new(missing, Fetcher::new()).token().await.unwrap_err().to_string();
    assert!(error.contains("`/no/such/program`: No such file"), "{error}");
}
