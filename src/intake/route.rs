//! Which requests are captured: method and path patterns, the first that matches.

use std::sync::Arc;

use hyper::Method;

use crate::config::Route;

/// The routes, in order.
#[derive(Clone, Debug)]
pub struct Routes(Vec<Arc<Route>>);

impl Routes {
    /// Routes in the order in which they are tried.
    #[must_use]
    pub fn new(routes: Vec<Route>) -> Self {
        Self(routes.into_iter().map(Arc::new).collect())
    }

    /// The first route that matches.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<&Arc<Route>> {
        let fits = |route: &&Arc<Route>| {
            route.method.as_ref().is_none_or(|wanted| wanted == method) && path_fits(&route.path, path)
        };
        self.0.iter().find(fits)
    }
}

/// `*` stands for one segment, or for part of one at its end; a last `**` for any rest, the empty one included.
fn path_fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        if wanted == "**" {
            return true;
        }
        let Some(segment) = segments.next() else {
            return false;
        };
        let fits = match wanted.strip_suffix('*') {
            Some(start) => segment.starts_with(start) && segment.len() > start.len(),
            None => segment == wanted,
        };
        if !fits {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, expected) in [
            ("/webhooks/orders/*", "/webhooks/orders/create", true),
            ("/webhooks/orders/*", "/webhooks/orders/", false),
            ("/webhooks/orders/*", "/webhooks/orders", false),
            ("/webhooks/orders/*", "/webhooks/orders/create/now", false),
            ("/webhooks/**", "/webhooks/orders/create/now", true),
            ("/webhooks/**", "/webhooks", true),
            ("/webhooks/**", "/webhook", false),
            ("/orders", "/orders", true),
            ("/orders", "/orders/", false),
            ("/orders-*", "/orders-create", true),
            ("/*/orders", "/shop/orders", true),
            ("/", "/", true),
        ] {
            assert_eq!(path_fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
