//! A session for people: they give the token of the admin port once, and their browser keeps a cookie that ends.

use std::time::Duration;

use axum::extract::{Form, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, SET_COOKIE};
use maud::html;
use serde::Deserialize;
use tokio::time::sleep;

use super::{Shared, page, pages, refused};

/// How long a wrong token takes to be told so: guessing is slow, and no other request waits for it.
const WRONG_TAKES: Duration = Duration::from_millis(700);

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

/// `GET /login`
pub(super) async fn ask(State(dashboard): Shared, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Response {
    if dashboard.parts.guard.check_view(&headers).is_ok() {
        return Redirect::to(own_path(&wanted.to)).into_response();
    }
    form(StatusCode::OK, &wanted.to, None)
}

/// `POST /login`
pub(super) async fn take(State(dashboard): Shared, headers: HeaderMap, Form(given): Form<Given>) -> Response {
    if let Err(error) = dashboard.parts.guard.check_origin(&headers) {
        return refused(error);
    }
    let Some(cookie) = dashboard.parts.guard.log_in(given.token.trim().as_bytes()) else {
        sleep(WRONG_TAKES).await;
        return form(
            StatusCode::FORBIDDEN,
            &given.to,
            Some("That is not the token. It is the value of `admin.token` in the configuration."),
        );
    };
    let mut response = Redirect::to(own_path(&given.to)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// `POST /logout`
pub(super) async fn leave(State(dashboard): Shared, request: Request) -> Response {
    if let Err(error) = dashboard.parts.guard.check_origin(request.headers()) {
        return refused(error);
    }
    let mut response = Redirect::to("/login").into_response();
    if let Ok(cookie) = HeaderValue::from_str(&dashboard.parts.guard.log_out()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// A path of this port, whatever was asked for: nobody is sent to another site.
fn own_path(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n']);
    if is_path { to } else { "/" }
}

fn form(status: StatusCode, to: &str, wrong: Option<&str>) -> Response {
    let content = html! {
        main.login {
            h1 { "paritee" }
            form method="post" action="/login" {
                input type="hidden" name="to" value=(to);
                label for="token" { "Token of the admin port" }
                input #token type="password" name="token" required autocomplete="current-password" autofocus
                    aria-describedby=[wrong.map(|_| "wrong")];
                @if let Some(wrong) = wrong { p #wrong.bad role="alert" { (crate::report::page::prose(wrong)) } }
                button type="submit" { "Log in" }
            }
        }
    };
    page(status, pages::bare("Log in", &content).into_string())
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for (to, expected) in [
            ("/exceptions?by=age", "/exceptions?by=age"),
            ("", "/"),
            ("//evil.example", "/"),
            ("https://evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(own_path(to), expected, "{to}");
        }
    }
}
