//! Which database a poll reads, from its URL. The URL may hold a password, so no text of it that can't be told from
//! one goes into an error.

use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Options that a URL may have: those of libpq that tokio-postgres knows, and `sslrootcert`.
const OPTIONS: [&str; 20] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// A database.
#[derive(Clone, Debug)]
pub(super) enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<Server>),
}

/// A PostgreSQL server. With TLS its certificate is always verified, and its name with it; see [`Server::roots`].
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) config: Config,
    /// `HOST:PORT/DATABASE`, for messages.
    pub(super) name: String,
    /// Certificates (PEM) of those that may vouch for the server; `None`: those that the system trusts.
    pub(super) roots: Option<PathBuf>,
}

/// Why a URL names no database. Says nothing of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum DatabaseError {
    #[error("it begins neither with `sqlite:` nor with `postgres://`")]
    Scheme,
    #[error("no path comes after `sqlite:`")]
    NoPath,
    #[error("it is no URL such as postgres://USER:PASSWORD@HOST:5432/NAME; write an `@` in the password as %40")]
    Broken,
    #[error("it names no host")]
    NoHost,
    #[error("it has an option that is not known; known are {}", OPTIONS.join(", "))]
    Option,
    #[error("sslmode is none of disable, prefer, require, verify-ca, verify-full")]
    SslMode,
}

impl Database {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub(super) fn read(url: &str) -> Result<Self, DatabaseError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(DatabaseError::NoPath) } else { Ok(Self::Sqlite(path.into())) };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Server::read(url).map(|server| Self::Postgres(Box::new(server)));
        }
        Err(DatabaseError::Scheme)
    }
}

impl Server {
    fn read(url: &str) -> Result<Self, DatabaseError> {
        // A password may hold a `?`, as tokio-postgres reads it.
        let host = url.find('@').map_or(0, |at| at + 1);
        let asked = url.get(host..).and_then(|rest| rest.find('?')).map(|at| host + at);
        let (base, options) = asked.map_or((url, ""), |at| (&url[..at], &url[at + 1..]));
        let (mut kept, mut roots) = (Vec::new(), None);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or(DatabaseError::Broken)?;
            match (name, value) {
                ("sslmode", "disable" | "prefer" | "require") => kept.push(option.to_owned()),
                // rustls always verifies certificate and name.
                ("sslmode", "verify-full" | "verify-ca") => kept.push("sslmode=require".into()),
                ("sslmode", _) => return Err(DatabaseError::SslMode),
                ("sslrootcert", "system") => roots = None,
                ("sslrootcert", path) => roots = Some(decoded(path).ok_or(DatabaseError::Broken)?.into()),
                (name, _) if OPTIONS.contains(&name) => kept.push(option.to_owned()),
                _ => return Err(DatabaseError::Option),
            }
        }
        let rebuilt = format!("{base}?{}", kept.join("&"));
        let mut config: Config = rebuilt.parse().map_err(|_| DatabaseError::Broken)?;
        config.application_name("paritee");
        let name = name(&config)?;
        Ok(Self { config, name, roots })
    }

    /// Whether TLS may come into it: there is a name to verify.
    pub(super) fn may_use_tls(&self) -> bool {
        let remote = |host: &Host| matches!(host, Host::Tcp(_));
        self.config.get_ssl_mode() != tokio_postgres::config::SslMode::Disable
            && self.config.get_hosts().iter().any(remote)
    }
}

fn name(config: &Config) -> Result<String, DatabaseError> {
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        // The rest of a password that holds an `@` is no host.
        (Some(Host::Tcp(host)), _) if host.contains('@') => return Err(DatabaseError::Broken),
        (Some(Host::Tcp(host)), _) => host.clone(),
        (Some(Host::Unix(path)), _) => path.display().to_string(),
        (None, Some(address)) => address.to_string(),
        (None, None) => return Err(DatabaseError::NoHost),
    };
    let port = config.get_ports().first().copied().unwrap_or(5_432);
    Ok(format!("{host}:{port}/{}", config.get_dbname().or(config.get_user()).unwrap_or("")))
}

/// Percent-decoded (RFC 3986, 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    fn server(url: &str) -> Server {
        match Database::read(url) {
            Ok(Database::Postgres(server)) => *server,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_named_by_its_path() {
        for (url, expected) in [
            ("sqlite:erp.db", "erp.db"),
            ("sqlite:/var/lib/erp.db", "/var/lib/erp.db"),
            ("sqlite:///var/lib/erp.db", "/var/lib/erp.db"),
        ] {
            assert!(matches!(Database::read(url), Ok(Database::Sqlite(path)) if path.to_str() == Some(expected)));
        }
    }

    #[test]
    fn a_server_is_named_without_its_password() {
        let it =
            server("postgresql://reader:s%40cret?/x@erp.example:6432/books?sslmode=verify-full&sslrootcert=/a%20b.pem");
        assert_eq!(it.name, "erp.example:6432/books");
        assert_eq!(it.config.get_password(), Some(&b"s@cret?/x"[..]));
        assert_eq!(it.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(it.roots, Some("/a b.pem".into()));
        assert_eq!(it.config.get_application_name(), Some("paritee"));
        assert!(it.may_use_tls());
        let it = server("postgres://reader@/books?host=/run/postgresql");
        assert_eq!((it.name.as_str(), it.may_use_tls()), ("/run/postgresql:5432/books", false));
        assert_eq!(server("postgres://h/b").config.get_ssl_mode(), SslMode::Prefer);
        assert!(!server("postgres://h/b?sslmode=disable").may_use_tls());
    }

    #[test]
    fn what_names_no_database_says_why_and_nothing_else() {
        for (url, expected) in [
            ("mysql://secret@host/x", DatabaseError::Scheme),
            ("sqlite:", DatabaseError::NoPath),
            ("postgres:///x", DatabaseError::NoHost),
            ("postgres://u:p@secret@host/x", DatabaseError::Broken),
            ("postgres://u:p@host:secret/x", DatabaseError::Broken),
            ("postgres://u:p@host/x?connect_timeout=secret", DatabaseError::Broken),
            ("postgres://u:p@host/x?secret", DatabaseError::Broken),
            ("postgres://u:p@host/x?secret=1", DatabaseError::Option),
            ("postgres://u:p@host/x?sslmode=secret", DatabaseError::SslMode),
            ("postgres://u:p@host/x?sslrootcert=%zz", DatabaseError::Broken),
        ] {
            let error = Database::read(url).unwrap_err();
            assert_eq!(error, expected, "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
