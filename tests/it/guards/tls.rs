//! TLS towards lanes and ledgers, and of our own ports: who can prove who they are is talked to, and nobody else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paritee::cli::serve::Options;
use paritee::config;
use paritee::outcome::Ending;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::support::{Lane, Setup, World, answer, configuration, order, soon};

/// A CA of the test's own, and the files of what it vouches for.
struct Ca {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

fn pem(what: &str, der: &[u8]) -> String {
    let lines: Vec<String> =
        STANDARD.encode(der).as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}

impl Ca {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, format!("CA {}", fastrand::u64(..)));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.path().join("ca.pem"), pem("CERTIFICATE", params.self_signed(&key).unwrap().der()))
            .unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate for a name, and its key: `NAME.pem`, `NAME.key`.
    fn vouch(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.file(&format!("{name}.pem")), pem("CERTIFICATE", certificate.der())).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file("ca.pem")).unwrap()).unwrap();
        roots
    }

    fn server(&self, name: &str, asks_for_client: bool) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if asks_for_client {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_file(self.file(&format!("{name}.pem"))).unwrap()];
        builder
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key"))).unwrap())
            .unwrap()
    }
}

/// Stands before a plain lane and speaks TLS.
async fn before(lane: SocketAddr, server: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(stream).await else { return };
                let mut lane = TcpStream::connect(lane).await.unwrap();
                _ = copy_bidirectional(&mut client, &mut lane).await;
            });
        }
    });
    addr
}

/// A sidecar whose lanes are at https URLs, with these lines in both lanes, and in gated's.
async fn between(live: SocketAddr, gated: SocketAddr, both: &str, of_gated: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db").display().to_string();
    let place = |addr: SocketAddr| format!("localhost:{}", addr.port());
    let live_lines: &'static str = both.to_owned().leak();
    let gated_lines: &'static str = format!("{both}\n{of_gated}").leak();
    let setup = Setup { live: live_lines, gated: gated_lines, ..Setup::default() };
    let text = configuration(setup, &journal, &place(live), &place(gated)).replace("url = \"http:", "url = \"https:");
    let checked = config::parse("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
    Box::pin(World::of(folder, checked.config, Options::default())).await.unwrap()
}

#[tokio::test]
async fn lanes_and_ledgers_are_reached_over_tls_by_a_ca_of_ones_own() {
    let ca = Ca::new();
    ca.vouch("localhost", |_| ());
    ca.vouch("paritee", |_| ());
    for asks_for_client in [false, true] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let live_addr = before(live.addr(), ca.server("localhost", asks_for_client)).await;
        let gated_addr = before(gated.addr(), ca.server("localhost", asks_for_client)).await;
        let own = format!(
            ", cert = \"{}\", key = \"{}\"",
            ca.file("paritee.pem").display(),
            ca.file("paritee.key").display()
        );
        let own = if asks_for_client { own } else { String::new() };
        let tls = format!("tls = {{ ca = \"{}\"{own} }}", ca.file("ca.pem").display());
        let poll = format!(
            "poll = {{ url = \"https://localhost:{}/ledger\", items = \"\", order_key = \"/k\", reference = \"/r\" }}",
            gated_addr.port(),
        );
        let world = between(live_addr, gated_addr, &tls, &poll).await;
        let _live = live.serve(|_| answer("200 OK", "", "ok"));
        let mut gated = gated.serve(|request| match request.head.starts_with("GET ") {
            true => answer("200 OK", "", "[]"),
            false => answer("201 Created", "", "made"),
        });
        let mut client = world.client().await;
        client.write(order("1")).await;
        client.expect(answer("200 OK", "", "ok")).await;
        let seen = world.one("the shadow's answer", |sent| sent.shadow_answer().is_some()).await;
        assert_eq!(seen.shadow_story(), [("first", Some(201))]);
        let asked = [gated.next().await, gated.next().await];
        assert!(asked.iter().any(|request| request.head.starts_with("GET /ledger HTTP/1.1\r\n")), "{asked:?}");
        world.stop().await;
    }
}

#[tokio::test]
async fn who_can_not_prove_who_they_are_gets_no_order_and_the_client_a_502() {
    let (ca, other) = (Ca::new(), Ca::new());
    ca.vouch("localhost", |_| ());
    ca.vouch("erp.example", |_| ());
    other.vouch("localhost", |_| ());
    let expired = Ca::new();
    expired.vouch("localhost", |params| {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 2, 1));
    });
    for (what, server, trusted, why) in [
        ("an unknown CA", other.server("localhost", false), &ca, "UnknownIssuer"),
        ("another name", ca.server("erp.example", false), &ca, "not valid for name"),
        ("expired", expired.server("localhost", false), &expired, "expired"),
        ("a certificate of ours is asked for", ca.server("localhost", true), &ca, "CertificateRequired"),
    ] {
        let (live, gated) = (Lane::bind().await, Lane::bind().await);
        let live_addr = before(live.addr(), server.clone()).await;
        let gated_addr = before(gated.addr(), server).await;
        let lines = format!("tls = {{ ca = \"{}\" }}", trusted.file("ca.pem").display());
        let world = between(live_addr, gated_addr, &lines, "").await;
        let (mut live, mut gated) =
            (live.serve(|_| answer("200 OK", "", "")), gated.serve(|_| answer("200 OK", "", "")));
        let mut client = world.client().await;
        client.write(order("1")).await;
        let told = client.message().await;
        assert!(told.head.starts_with("HTTP/1.1 502 "), "{what}: {}", told.head);
        assert_eq!(told.text(), "paritee: the live lane gave no answer\n", "{what}");
        let seen = world
            .one("both ends", |sent| {
                sent.live_answer().is_some() && sent.shadow.first().is_some_and(|(_, answer)| answer.is_some())
            })
            .await;
        let ends = [seen.live_answer().unwrap(), seen.shadow[0].1.as_ref().unwrap()];
        for end in ends {
            let error = end.error.as_deref().unwrap_or_default();
            assert!(end.ending == Ending::Refused && error.contains(why), "{what}: {:?} {error}", end.ending);
        }
        world.stop().await;
        assert_eq!((live.left(), gated.left()), (Vec::new(), Vec::new()), "{what}");
    }
}

/// Some bytes over TLS to `addr`, whose certificate `roots` vouch for; what comes back, up to `most` of it.
async fn over_tls(
    addr: SocketAddr,
    roots: RootCertStore,
    alpn: &[&[u8]],
    bytes: &[u8],
    most: u64,
) -> std::io::Result<Vec<u8>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(addr).await?;
    let mut tls =
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await?;
    assert_eq!(tls.get_ref().1.alpn_protocol(), alpn.first().copied());
    tls.write_all(bytes).await?;
    let mut all = Vec::new();
    tls.take(most).read_to_end(&mut all).await?;
    Ok(all)
}

#[tokio::test]
async fn the_tee_and_the_admin_port_speak_tls() {
    let (ca, other) = (Ca::new(), Ca::new());
    ca.vouch("localhost", |_| ());
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db").display().to_string();
    let tls = format!(
        "tls = {{ cert = \"{}\", key = \"{}\" }}",
        ca.file("localhost.pem").display(),
        ca.file("localhost.key").display()
    );
    let admin: &'static str = format!("[admin]\nlisten = \"127.0.0.1:0\"\n{tls}").leak();
    let setup = Setup { tee: tls.leak(), rest: admin, ..Setup::default() };
    let text = configuration(setup, &journal, &live.addr().to_string(), &gated.addr().to_string());
    let file = ca.file("week3.toml");
    std::fs::write(&file, &text).unwrap();
    let config = config::parse("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config;
    let world = World::of(folder, config, Options::default()).await.unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let addr = world.sidecar.tee_addr();
    for alpn in [&[][..], &[&b"http/1.1"[..]]] {
        let said = format!("{}GET /end HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", order("1"));
        let came = soon("the answers", over_tls(addr, ca.roots(), alpn, said.as_bytes(), u64::MAX)).await.unwrap();
        assert!(
            String::from_utf8(came).unwrap().starts_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            "{alpn:?}"
        );
    }
    // HTTP/2 is offered, and begins with its settings.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0";
    let came = soon("settings", over_tls(addr, ca.roots(), &[b"h2"], preface, 9)).await.unwrap();
    assert_eq!(came.get(3), Some(&4));
    assert!(soon("a refusal", over_tls(addr, other.roots(), &[], b"", 0)).await.is_err(), "our clients verify, too");
    // Plain HTTP at a port of TLS is told nothing.
    let mut plain = world.client().await;
    plain.write(order("2")).await;
    let said = plain.rest().await;
    assert!(!said.starts_with(b"HTTP/"), "{said:?}");
    // The command line believes the port's own certificate, which has another name than its address.
    let url = format!("https://{}", world.sidecar.admin_addr().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    let ended = command.args(["pause", "--url", &url, "--config"]).arg(&file).output().await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(world.sidecar.pace().is_paused());
    // And no other.
    other.vouch("localhost", |_| ());
    let text = text.replace(&ca.file("").display().to_string(), &other.file("").display().to_string());
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
    let ended = command.args(["resume", "--url", &url, "--config"]).arg(&file).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.code() == Some(2) && said.contains("trust the certificate"), "{said}");
    assert!(world.sidecar.pace().is_paused());
    world.stop().await;
}

/// Who begins to agree on TLS and says no more makes room like anybody who is silent.
#[tokio::test]
async fn silent_clients_over_tls_keep_nobody_out() {
    let ca = Ca::new();
    ca.vouch("localhost", |_| ());
    let (live, gated) = (Lane::bind().await, Lane::bind().await);
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.db").display().to_string();
    let (cert, key) = (ca.file("localhost.pem"), ca.file("localhost.key"));
    let tls = format!("tls = {{ cert = \"{}\", key = \"{}\" }}", cert.display(), key.display());
    let tee: &'static str = format!("{tls}\nconnections_max = 1\nhead_wait_max = \"1h\"").leak();
    let text =
        configuration(Setup { tee, ..Setup::default() }, &journal, &live.addr().to_string(), &gated.addr().to_string());
    let config = config::parse("test.toml", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config;
    let world = World::of(folder, config, Options::default()).await.unwrap();
    let _live = live.serve(|_| answer("200 OK", "", "ok"));
    let mut silent = world.client().await;
    silent.write([0x16]).await;
    let said = format!("{}GET /end HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", order("1"));
    let came = over_tls(world.sidecar.tee_addr(), ca.roots(), &[], said.as_bytes(), u64::MAX);
    let came = soon("the answers", came).await.unwrap();
    assert!(String::from_utf8(came).unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    silent.rest().await;
    world.stop().await;
}

#[tokio::test]
async fn who_is_told_outside_is_reached_over_tls_by_a_ca_of_ones_own() {
    let ca = Ca::new();
    ca.vouch("localhost", |_| ());
    let (live, gated, receiver) = (Lane::bind().await, Lane::bind().await, Lane::bind().await);
    let to = before(receiver.addr(), ca.server("localhost", false)).await;
    let mut receiver = receiver.serve(|_| answer("204 No Content", "", ""));
    let rest = format!(
        "[admin]\nlisten = \"127.0.0.1:0\"\n[notify]\nurl = \"https://localhost:{}/hook\"\nsecret = \"env:SECRET\"\nevery = \"100ms\"\ntls = {{ ca = \"{}\" }}",
        to.port(),
        ca.file("ca.pem").display()
    );
    let world = World::start(&live, &gated, Setup { rest: rest.leak(), ..Setup::default() }).await;
    let (_live, _gated) = (live.serve(|_| answer("200 OK", "", "")), gated.serve(|_| answer("201 Created", "", "")));
    let mut client = world.client().await;
    client.write(order("1")).await;
    client.message().await;
    let commit = |id: &str| {
        format!(
            r#"{{"specversion":"1.0","type":"paritee.order.committed","source":"erp","id":"{id}","lane":"gated","subject":"1","time":"2026-03-02T10:00:00Z","reference":"{id}"}}"#
        )
    };
    let headers = "Content-Type: application/cloudevents-batch+json\r\n";
    let told = world.admin("/v1/outcomes", headers, &format!("[{},{}]", commit("a"), commit("b"))).await;
    assert!(told.head.starts_with("HTTP/1.1 200 "), "{}", told.text());
    let post = receiver.next().await;
    assert!(post.head.starts_with("POST /hook HTTP/1.1\r\n") && post.text().contains("double_committed"), "{post:?}");
    world.stop().await;
}
