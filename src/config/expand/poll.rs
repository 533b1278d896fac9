//! `[lane.X.poll]` written out.

use super::super::secrets::Header;
use super::super::values::duration_text;
use super::super::{Allocated, Auth, ClientCredential, HttpPoll, OAuth, Poll, PollFrom};
use super::toml::{Toml, inline, list, matches, member};
use crate::outcome::Lane;

pub(super) fn poll(toml: &mut Toml, name: Lane, poll: &Poll, written: &[Header]) {
    toml.header(format_args!("[lane.{name}.poll]"));
    match &poll.from {
        PollFrom::Http(polled) => http(toml, polled, written),
        PollFrom::Sql(sql) => {
            toml.text("sql", &sql.query);
            toml.text("database", sql.database.written());
        }
    }
    toml.duration("every", poll.every);
    toml.duration("whole_every", poll.whole_every);
    poll.order_key_strip.iter().for_each(|prefix| toml.text("order_key_strip", prefix));
    toml.duration("overlap", poll.overlap);
    toml.duration("lag", poll.lag);
    toml.duration("answer_wait_max", poll.answer_wait_max);
    poll.cancelled.iter().for_each(|cancelled| toml.raw("cancelled", matches(cancelled)));
    poll.allocated.iter().for_each(|rule| toml.raw("allocated", allocated(rule)));
}

fn http(toml: &mut Toml, http: &HttpPoll, written: &[Header]) {
    toml.text("url", &http.url);
    toml.text("method", &http.method);
    http.body.iter().for_each(|body| toml.text("body", body));
    toml.headers(written);
    http.auth.iter().for_each(|credentials| toml.raw("auth", auth(credentials)));
    toml.text("items", &http.items);
    toml.text("order_key", &http.order_key);
    toml.text("reference", &http.reference);
    http.committed_at.iter().for_each(|pointer| toml.text("committed_at", pointer));
    http.next.iter().for_each(|pointer| toml.text("next", pointer));
    http.lookup.iter().for_each(|url| toml.text("lookup", url));
    toml.raw("limit", http.limit);
    toml.raw("page_bytes_max", http.page_bytes_max);
    toml.raw("pages_max", http.pages_max);
    toml.raw("concurrency", http.concurrency);
    http.tls.iter().for_each(|tls| super::client_tls(toml, tls));
}

fn allocated(allocated: &Allocated) -> String {
    match allocated {
        Allocated::Where(rule) => matches(rule),
        Allocated::Lines { lines, quantity, allocated } => {
            inline([member("lines", lines), member("quantity", quantity), member("allocated", allocated)])
        }
    }
}

fn auth(auth: &Auth) -> String {
    match auth {
        Auth::Bearer(token) => inline([member("bearer", token.written())]),
        Auth::Basic { user, password } => inline([member("user", user), member("password", password.written())]),
        Auth::OAuth(oauth) => of_oauth(oauth),
        Auth::Command { argv, renew_every } => {
            inline([("command".to_owned(), list(argv)), member("renew_every", duration_text(*renew_every))])
        }
    }
}

fn of_oauth(oauth: &OAuth) -> String {
    let mut members = vec![member("token_url", &oauth.token_url), member("client_id", &oauth.client_id)];
    match &oauth.credential {
        ClientCredential::Secret { secret, in_form } => {
            members.push(member("client_secret", secret.written()));
            members.push(("in_form".to_owned(), in_form.to_string()));
        }
        ClientCredential::Assertion { key_pem, algorithm, key_id } => {
            members.extend([member("key", key_pem.written()), member("algorithm", algorithm)]);
            members.extend(key_id.as_ref().map(|id| member("key_id", id)));
        }
    }
    members.extend(oauth.scope.as_ref().map(|scope| member("scope", scope)));
    members.extend(oauth.audience.as_ref().map(|audience| member("audience", audience)));
    inline(members)
}
