//! `[notify]`: where what forbids the cutover is posted to as soon as it is known, and how such a post is signed.

use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Scheme;

use super::reader::{At, Value};
use super::secrets::secret_as_written;
use super::urls::{Target, web_url};
use super::values::duration;
use super::{ClientTls, Secret, tls};
use crate::net::tls::system;

/// News are gathered so long: orders that are lost together are one post.
const EVERY: Duration = Duration::from_secs(30);

/// `[notify]`
#[derive(Clone, Debug)]
pub struct Notify {
    /// Where posts go.
    pub url: Uri,
    /// What they are signed with.
    pub secret: Secret,
    /// From one post to the next at least; default 30 s.
    pub every: Duration,
    /// `tls`: whom it believes and who it says it is, where the URL is `https`; `None`: this machine's roots, and nobody.
    pub tls: Option<ClientTls>,
}

impl Notify {
    /// TLS towards the receiver.
    #[must_use]
    pub fn tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls.as_ref().map_or_else(system, |tls| Arc::clone(&tls.config))
    }
}

/// `[notify]` as read.
pub(super) struct NotifyDraft {
    pub(super) notify: Notify,
    pub(super) url: At<Uri>,
}

pub(super) fn read(value: &Value<'_>) -> Option<NotifyDraft> {
    let mut table = value.table()?;
    let context = table.context;
    let url = table.need("url", "write url = \"https://…\", the address that takes the posts", web_url);
    let write = "write secret = \"env:PARITEE_NOTIFY_SECRET\"; the receiver checks by it that a post is paritee's";
    let secret = table.need("secret", write, secret_as_written);
    let every = table.or("every", EVERY, duration);
    let tls = table.get("tls", tls::of_client);
    table.close();
    let url = url?;
    let is_plain = url.value.scheme() != Some(&Scheme::HTTPS);
    if is_plain && !Target::of(&url.value).is_loopback() {
        let what = "`notify.url` sends order keys over plain http to another machine";
        context.warn(Some(url.span.clone()), what, "write the https:// address of the receiver");
    }
    if let Some(tls) = tls.as_ref().filter(|_| is_plain) {
        let what = "`notify.tls` does nothing: the url is plain http";
        context.warn(Some(tls.span.clone()), what, "begin the url with https://, or take `tls` out");
    }
    let tls = tls.map(|at| at.value);
    Some(NotifyDraft { notify: Notify { url: url.value.clone(), secret: secret?.value, every, tls }, url })
}
