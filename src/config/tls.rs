//! `tls` of lanes, polls and listeners: PEM files, read when the configuration is, so that a missing or broken one is told with the
//! rest. There is no key that has a certificate not verified.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::reader::{At, Table, Value};
use crate::net::tls::{self, Identity};

/// `tls` of a lane or a poll.
#[derive(Clone)]
pub struct ClientTls {
    /// The file of the CA that is believed, in place of this machine's roots.
    pub ca: Option<PathBuf>,
    /// The files of the certificate, and its key, that say who we are.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The same, ready to be used.
    pub config: Arc<ClientConfig>,
}

/// `tls` of a listener.
#[derive(Clone)]
pub struct ServerTls {
    /// The files of the certificate, those that lead to its CA behind it, and of its key.
    pub identity: (PathBuf, PathBuf),
    /// The certificate itself.
    pub certificate: CertificateDer<'static>,
    /// The same, ready to be used.
    pub config: Arc<ServerConfig>,
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").field("ca", &self.ca).field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// `tls = { ca = …, cert = …, key = … }` of what we connect to.
pub(super) fn of_client(value: &Value<'_>) -> Option<ClientTls> {
    let mut table = value.table()?;
    let ca_written = table.has("ca");
    let ca = table.get("ca", |value| file(value, certificates));
    let paths = identity(&mut table, false);
    table.close();
    if ca_written && ca.is_none() {
        return None;
    }
    let (ca, roots) = ca.map(|at| at.value).unzip();
    let roots = match roots.map(store).transpose() {
        Ok(roots) => roots,
        Err(why) => return value.wrong(format!("`{}.ca` holds no CA: {why}", value.name), WRITE_CERT),
    };
    let (paths, identity) = paths?.unzip();
    match tls::client(roots, identity) {
        Ok(config) => Some(ClientTls { ca, identity: paths, config }),
        Err(why) => unfit(value, &why),
    }
}

/// `tls = { cert = …, key = … }` of a port that we listen on.
pub(super) fn of_listener(h2: bool) -> impl Fn(&Value<'_>) -> Option<ServerTls> {
    move |value| {
        let mut table = value.table()?;
        let identity = identity(&mut table, true);
        table.close();
        let (paths, identity) = identity??;
        let certificate = identity.0.first()?.clone();
        match tls::server(identity, h2) {
            Ok(config) => Some(ServerTls { identity: paths, certificate, config }),
            Err(why) => unfit(value, &why),
        }
    }
}

const WRITE_CERT: &str = "name a PEM file that holds `-----BEGIN CERTIFICATE-----`";
const WRITE_KEY: &str = "name a PEM file that holds `-----BEGIN PRIVATE KEY-----`, not encrypted";

fn unfit<T>(value: &Value<'_>, why: &rustls::Error) -> Option<T> {
    let write = "name the key that was made for the certificate, and the certificate first in its file";
    value.wrong(format!("`{}`: certificate and key can't be used: {why}", value.name), write)
}

/// `cert` and `key`: both or, unless `needed`, none. `None`: something is wrong with them.
fn identity(table: &mut Table<'_>, needed: bool) -> Option<Option<((PathBuf, PathBuf), Identity)>> {
    let (has_cert, has_key) = (table.has("cert"), table.has("key"));
    let cert = |value: &Value<'_>| file(value, certificates);
    let key = |value: &Value<'_>| file(value, private_key);
    let (cert, key) = if needed || has_cert || has_key {
        let cert = table.need("cert", WRITE_CERT, cert);
        (cert, table.need("key", WRITE_KEY, key))
    } else {
        (table.get("cert", cert), table.get("key", key))
    };
    match (cert, key) {
        (Some(At { value: (cert, chain), .. }), Some(At { value: (path, key), .. })) => {
            Some(Some(((cert, path), (chain, key))))
        }
        _ if needed || has_cert || has_key => None,
        _ => Some(None),
    }
}

/// What `read` makes of the file that a value names.
fn file<T>(value: &Value<'_>, read: fn(&Path) -> Result<T, (String, &'static str)>) -> Option<(PathBuf, T)> {
    let path = PathBuf::from(value.text()?);
    match read(&path) {
        Ok(read) => Some((path, read)),
        Err((why, write)) => value.wrong(format!("`{}`: {why}", value.name), write),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, (String, &'static str)> {
    let told = |why: String| (format!("no certificates in `{}`: {why}", path.display()), WRITE_CERT);
    let read = CertificateDer::pem_file_iter(path).map_err(|error| told(error.to_string()))?;
    let all: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| told(error.to_string()))?;
    if all.is_empty() { Err(told("it holds none".to_owned())) } else { Ok(all) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, (String, &'static str)> {
    let told =
        |error: rustls::pki_types::pem::Error| (format!("no private key in `{}`: {error}", path.display()), WRITE_KEY);
    PrivateKeyDer::from_pem_file(path).map_err(told)
}

fn store(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    certificates.into_iter().try_for_each(|certificate| roots.add(certificate))?;
    Ok(roots)
}
