//! `auth = { … }`: credentials of a poll that paritee sends, gets and renews by itself.

use std::time::Duration;

use super::super::mask::ENV;
use super::super::reader::{Table, Value, quoted};
use super::super::secrets::secret_as_written;
use super::super::urls;
use super::super::values::{duration, named};
use super::super::{Auth, ClientCredential, OAuth, Secret, SigningAlgorithm};
use super::http::is_exposed;

/// How long the output of a command is taken for good.
const RENEW_EVERY: Duration = Duration::from_secs(600);

/// The key that tells each form from the others.
const FORMS: [&str; 4] = ["bearer", "user", "token_url", "command"];

pub(super) fn auth(value: &Value<'_>) -> Option<Auth> {
    let mut table = value.table()?;
    let forms: Vec<&str> = FORMS.into_iter().filter(|key| table.has(key)).collect();
    let read = match forms.as_slice() {
        ["bearer"] => bearer(&mut table),
        ["user"] => basic(&mut table),
        ["token_url"] => oauth(&mut table),
        ["command"] => command(&mut table),
        [] => {
            let write = "write { bearer = \"env:TOKEN\" }, { user = \"…\", password = \"env:PASSWORD\" }, \
                         { token_url = \"https://…\", client_id = \"…\", client_secret = \"env:SECRET\" } or \
                         { command = [\"…\"] }";
            return value.wrong(format!("`{}` has no form that is known", value.name), write);
        }
        several => {
            let what = format!("`{}` has {} beside each other", value.name, quoted(several));
            return value.wrong(what, "keep one of them");
        }
    };
    table.close();
    read
}

fn bearer(table: &mut Table<'_>) -> Option<Auth> {
    table.get("bearer", in_header).map(|at| Auth::Bearer(at.value))
}

/// A secret that can stand in a header.
fn in_header(value: &Value<'_>) -> Option<Secret> {
    let secret = secret_as_written(value)?;
    if secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(secret);
    }
    value.wrong(
        format!("`{}` can't stand in a header", value.name),
        "it may hold no spaces, line breaks or letters beyond ASCII; look at the end of the variable",
    )
}

fn basic(table: &mut Table<'_>) -> Option<Auth> {
    let user = table.get("user", |value| match line(value)? {
        text if text.contains(':') => value.wrong(
            format!("`{}` holds a colon, which parts it from the password", value.name),
            "write the user's name alone",
        ),
        text => Some(text),
    });
    let password = table.need("password", "write password = \"env:PASSWORD\"", secret_as_written);
    Some(Auth::Basic { user: user?.value, password: password?.value })
}

fn oauth(table: &mut Table<'_>) -> Option<Auth> {
    let context = table.context;
    let token_url = table.get("token_url", urls::web_url);
    let client_id = table.need("client_id", "write client_id = \"…\"", line);
    let credential = credential(table);
    let scope = table.get("scope", line).map(|at| at.value);
    let audience = table.get("audience", line).map(|at| at.value);
    let token_url = token_url?;
    if is_exposed(&token_url.value) {
        let what = "the client's credentials go over plain http to another machine";
        context.warn(Some(token_url.span), what, "write the https:// address of the token server");
    }
    let oauth =
        OAuth { token_url: token_url.value, client_id: client_id?.value, credential: credential?, scope, audience };
    Some(Auth::OAuth(Box::new(oauth)))
}

fn credential(table: &mut Table<'_>) -> Option<ClientCredential> {
    if table.has("key") {
        for key in ["client_secret", "in_form"] {
            if let Some(value) = table.value(key) {
                value.wrong::<()>(format!("`{}` stands beside `key`", value.name), "keep one of them");
            }
        }
        let key_pem = table.get("key", private_key);
        let algorithm = table.or("algorithm", SigningAlgorithm::Rs256, named);
        let key_id = table.get("key_id", line).map(|at| at.value);
        return Some(ClientCredential::Assertion { key_pem: key_pem?.value, algorithm, key_id });
    }
    let write = "write client_secret = \"env:SECRET\", or key = \"env:PRIVATE_KEY\" with a PEM";
    let secret = table.need("client_secret", write, secret_as_written);
    let in_form = table.or("in_form", false, Value::flag);
    Some(ClientCredential::Secret { secret: secret?.value, in_form })
}

fn private_key(value: &Value<'_>) -> Option<Secret> {
    let secret = secret_as_written(value)?;
    if secret.expose().contains("PRIVATE KEY-----") && secret.expose().trim().contains('\n') {
        return Some(secret);
    }
    value.wrong(
        format!("`{}` is no private key in PEM", value.name),
        "set the variable to the whole file with its line breaks: export KEY=\"$(cat key.pem)\"",
    )
}

fn command(table: &mut Table<'_>) -> Option<Auth> {
    let argv = table.get("command", |value| match value.list(|item| item.text().map(str::to_owned))? {
        argv if argv.first().is_none_or(|program| program.trim().is_empty()) => {
            value.wrong(format!("`{}` names no program", value.name), "write [\"prog\", \"arg\"]; no shell is started")
        }
        argv => Some(argv),
    });
    let renew_every = table.or("renew_every", RENEW_EVERY, duration);
    Some(Auth::Command { argv: argv?.value, renew_every })
}

/// One line that is no secret, such as an id.
fn line(value: &Value<'_>) -> Option<String> {
    match value.text()? {
        text if text.starts_with(ENV) => value.wrong(
            format!("`{}` is no secret, so it isn't looked up in the environment", value.name),
            "write it as it is",
        ),
        text if text.trim().is_empty() || text.contains(char::is_control) => {
            value.wrong(format!("`{}` is empty or more than a line", value.name), "write one line")
        }
        text => Some(text.to_owned()),
    }
}
