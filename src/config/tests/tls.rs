//! Certificates and keys: read with the configuration, and what is wrong with them told with the rest.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::{SMALL, accepted, edited, said};

const GATED: &str = "[lane.gated]\nurl = \"http://127.0.0.1:9002\"\n";

fn pem(what: &str, der: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}

/// A folder with `a.pem`, `a.key`, `b.pem`, `b.key`, and a file that is none of it.
fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(folder.path().join(format!("{name}.pem")), pem("CERTIFICATE", certificate.der())).unwrap();
        std::fs::write(folder.path().join(format!("{name}.key")), pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "dear diary").unwrap();
    std::fs::write(folder.path().join("broken.pem"), pem("CERTIFICATE", b"no certificate")).unwrap();
    folder
}

fn over_tls(folder: &Path, tls: &str) -> String {
    let tls = tls.replace("DIR", &folder.display().to_string());
    edited(SMALL, GATED, &format!("[lane.gated]\nurl = \"https://127.0.0.1:9002\"\ntls = {tls}\n"))
}

#[test]
fn lanes_are_at_https_and_say_whom_they_believe() {
    let folder = files();
    for (tls, ca, identity) in [
        ("{}", false, false),
        ("{ ca = \"DIR/a.pem\" }", true, false),
        ("{ cert = \"DIR/a.pem\", key = \"DIR/a.key\" }", false, true),
        ("{ ca = \"DIR/b.pem\", cert = \"DIR/a.pem\", key = \"DIR/a.key\" }", true, true),
    ] {
        let text = over_tls(folder.path(), tls);
        assert_eq!(said(&text), [""; 0]);
        let config = accepted(&text).config;
        let of = config.lanes.gated.tls.as_ref().unwrap();
        assert_eq!((of.ca.is_some(), of.identity.is_some()), (ca, identity), "{tls}");
        assert_eq!((config.lanes.gated.tls().is_some(), config.lanes.legacy.tls().is_some()), (true, false));
        // The poll is asked the same way, unless it says otherwise.
        let expanded = accepted(&text).expanded();
        assert_eq!(expanded.matches("tls = {").count(), 2, "{expanded}");
        assert_eq!(accepted(&expanded).expanded(), expanded);
    }
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let folder = files();
    let begins = |said: &[String], expected: &str| said.len() == 1 && said[0].starts_with(expected);
    for (tls, expected) in [
        ("{ ca = \"DIR/none.pem\" }", "fault line 13: `lane.gated.tls.ca`: no certificates in `"),
        ("{ ca = \"DIR/notes.txt\" }", "fault line 13: `lane.gated.tls.ca`: no certificates in `"),
        ("{ ca = \"DIR/a.key\" }", "fault line 13: `lane.gated.tls.ca`: no certificates in `"),
        ("{ ca = \"DIR/broken.pem\" }", "fault line 13: `lane.gated.tls.ca` holds no CA: "),
        ("{ cert = \"DIR/a.pem\" }", "fault line 13: `lane.gated.tls.key` is missing"),
        ("{ key = \"DIR/a.key\" }", "fault line 13: `lane.gated.tls.cert` is missing"),
        ("{ cert = \"DIR/a.pem\", key = \"DIR/b.pem\" }", "fault line 13: `lane.gated.tls.key`: no private key in `"),
        (
            "{ cert = \"DIR/a.pem\", key = \"DIR/b.key\" }",
            "fault line 13: `lane.gated.tls`: certificate and key can't be used: ",
        ),
        ("{ verify = false }", "fault line 13: `lane.gated.tls` has no key `verify`"),
        ("true", "fault line 13: `lane.gated.tls` must be a table, and is true or false"),
    ] {
        let said = said(&over_tls(folder.path(), tls));
        assert!(begins(&said, expected), "{tls}: {said:#?}");
    }
    let path = folder.path().display();
    for (section, expected) in [
        ("[admin]\ntls = {}\n", "fault line 17: `admin.tls.cert` is missing"),
        ("[tee.tls]\n", "fault line 16: `tee.tls.cert` is missing"),
    ] {
        let said = said(&format!("{SMALL}{section}"));
        assert!(said[0].starts_with(expected), "{section}: {said:#?}");
    }
    let good = format!("{SMALL}[admin.tls]\ncert = \"{path}/a.pem\"\nkey = \"{path}/a.key\"\n");
    let expanded = accepted(&good).expanded();
    assert_eq!(accepted(&expanded).expanded(), expanded);
    let plain = edited(SMALL, GATED, &format!("{GATED}tls = {{}}\n"));
    let said = said(&plain);
    assert!(begins(&said, "warning line 13: `lane.gated.tls` does nothing towards the lane"), "{said:#?}");
}
