//! Observers held against the rest: ledgers that nobody reads, or that can't be told apart, and credentials that
//! are the live lane's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;

use super::combine::shadow_of;
use super::draft::Draft;
use super::lane::LaneDraft;
use super::poll::PollDraft;
use super::reader::Context;
use super::secrets::Header;
use super::urls::{self, Target};
use super::{Auth, ClientCredential, HttpPoll, PollFrom};
use crate::outcome::{Lane, PerLane, Role};

pub(super) fn check(draft: &Draft, context: &Context<'_>) {
    for lane in Lane::ALL {
        let own = draft.lanes.get(*lane);
        observed(own, *lane, draft.admin.is_some(), context);
        own.poll.iter().for_each(|poll| loops(draft, poll, *lane, context));
    }
    credentials(&draft.lanes, context);
    same_ledger(&draft.lanes, context);
}

fn observed(own: &LaneDraft, lane: Lane, takes_callbacks: bool, context: &Context<'_>) {
    if own.polled || own.span.is_none() {
        return;
    }
    if own.import.is_some() || takes_callbacks {
        let by = if own.import.is_some() { "callbacks or imports" } else { "callbacks" };
        let what = format!("nothing reads the ledger of lane `{lane}`, so its outcomes must come by {by}");
        let write = "without them, and a watermark with them, the decision can't be GO";
        return context.note(own.span.clone(), what, write);
    }
    let what = format!("nobody reads the ledger of lane `{lane}`, so the decision can't be GO");
    context.warn(own.span.clone(), what, format!("write [lane.{lane}.poll] with the url of its ledger"));
}

/// What a poll asks must be a ledger.
fn loops(draft: &Draft, poll: &PollDraft, lane: Lane, context: &Context<'_>) {
    let PollFrom::Http(http) = &poll.poll.from else {
        return;
    };
    for (what, url) in addresses(http) {
        let target = Target::of(&url);
        let port = if target.reaches(draft.tee.listen.value) {
            "where the tee itself listens"
        } else if draft.admin.as_ref().is_some_and(|admin| target.reaches(admin.listen.value)) {
            "the admin port"
        } else {
            continue;
        };
        let what = format!("the {what} of lane `{lane}` is {port}, which is no ledger");
        context.fault(Some(poll.place.clone()), what, "write the address of the lane's own ledger");
    }
}

fn addresses(http: &HttpPoll) -> Vec<(&'static str, Uri)> {
    let mut addresses: Vec<_> = urls::filled(&http.url).map(|url| ("poll", url)).into_iter().collect();
    addresses.extend(http.lookup.as_ref().and_then(|url| urls::filled(url)).map(|url| ("look-up", url)));
    if let Some(Auth::OAuth(oauth)) = &http.auth {
        addresses.push(("token url", oauth.token_url.clone()));
    }
    addresses
}

/// The shadow's credentials are its own.
fn credentials(lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    let (live, shadow) = match lanes.legacy.role.value {
        Role::Live => (&lanes.legacy, &lanes.gated),
        Role::Shadow => (&lanes.gated, &lanes.legacy),
    };
    let mut of_live = in_headers(&live.headers.value);
    of_live.extend(live.poll.iter().flat_map(|poll| in_headers(&poll.headers)));
    of_live.extend(live.poll.as_ref().and_then(auth).and_then(in_header));
    for header in shadow.headers.value.iter().filter(|header| header.is_credential()) {
        if of_live.iter().any(|other| other == header.value.as_bytes()) {
            let what = format!("the shadow has the live lane's credentials in its header `{}`", header.name);
            let write = "give the shadow credentials of its own, which the live ledger refuses";
            context.fault(Some(shadow.headers.span.clone()), what, write);
        }
    }
    let (Some(place), Some(own)) = (shadow.poll.as_ref().map(|poll| &poll.place), shadow.poll.as_ref().and_then(auth))
    else {
        return;
    };
    let writes = in_headers(&live.headers.value);
    let reads = live.poll.as_ref().and_then(auth);
    let same =
        in_header(own).is_some_and(|own| writes.contains(&own)) || reads.is_some_and(|reads| same_secret(own, reads));
    if same {
        let what = "the shadow's ledger is read with the live lane's credentials";
        let write = "give its `auth` credentials of its own, so that neither ledger can be taken for the other";
        context.fault(Some(place.clone()), what, write);
    }
}

fn in_headers(headers: &[Header]) -> Vec<Vec<u8>> {
    headers.iter().filter(|header| header.is_credential()).map(|header| header.value.as_bytes().to_vec()).collect()
}

fn auth(poll: &PollDraft) -> Option<&Auth> {
    match &poll.poll.from {
        PollFrom::Http(http) => http.auth.as_ref(),
        PollFrom::Sql(_) => None,
    }
}

/// What stands in `Authorization`, where that is known before anybody is asked.
fn in_header(auth: &Auth) -> Option<Vec<u8>> {
    match auth {
        Auth::Bearer(token) => Some(format!("Bearer {}", token.expose()).into_bytes()),
        Auth::Basic { user, password } => {
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))).into_bytes())
        }
        Auth::OAuth(_) | Auth::Command { .. } => None,
    }
}

/// Whether two say the same thing of who asks, whatever else differs.
fn same_secret(one: &Auth, other: &Auth) -> bool {
    match (one, other) {
        (Auth::OAuth(one), Auth::OAuth(other)) => {
            one.client_id == other.client_id
                && match (&one.credential, &other.credential) {
                    (ClientCredential::Secret { secret, .. }, ClientCredential::Secret { secret: others, .. }) => {
                        secret == others
                    }
                    (
                        ClientCredential::Assertion { key_pem, .. },
                        ClientCredential::Assertion { key_pem: others, .. },
                    ) => key_pem == others,
                    _ => false,
                }
        }
        (one, other) => one == other,
    }
}

/// Two lanes that are read from one place can't be told apart: every order would look leaked.
fn same_ledger(lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    let (Some(legacy), Some(gated)) = (&lanes.legacy.poll, &lanes.gated.poll) else {
        return;
    };
    let same = match (&legacy.poll.from, &gated.poll.from) {
        (PollFrom::Http(one), PollFrom::Http(other)) => {
            one.url == other.url && one.body == other.body && one.headers == other.headers && one.auth == other.auth
        }
        (PollFrom::Sql(one), PollFrom::Sql(other)) => one.database == other.database && one.query == other.query,
        _ => false,
    };
    if same {
        let what = "both lanes are read from the same ledger: every order would look leaked";
        let write = "write the url of each lane's own ledger, or a query that tells them apart";
        context.fault(Some(shadow_of(lanes, &legacy.place, &gated.place)), what, write);
    } else if let (PollFrom::Http(one), PollFrom::Http(other)) = (&legacy.poll.from, &gated.poll.from)
        && one.lookup.is_some()
        && (&one.lookup, &one.headers, &one.auth) == (&other.lookup, &other.headers, &other.auth)
    {
        let what = "both lanes look orders up in the same ledger: every order would look leaked";
        let write = "write the `lookup` of each lane's own ledger";
        context.fault(Some(shadow_of(lanes, &legacy.place, &gated.place)), what, write);
    }
}
