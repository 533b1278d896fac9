//! Who may look: with a token a session of a browser, or the token itself; never a page of another site.

use super::{Shop, status};

/// What a browser sends when somebody types an address, and when a page of another site links here.
const TYPED: &str = "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n";
const LINKED: &str = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Everything that shows or takes something.
const INSIDE: [&str; 14] = [
    "/",
    "/exceptions",
    "/exceptions.csv",
    "/orders",
    "/orders/1001",
    "/signals",
    "/report.html",
    "/report.json",
    "/report.md",
    "/v1/assessment",
    "/v1/orders",
    "/v1/exceptions",
    "/v1/events",
    "/v1/openapi.json",
];

#[tokio::test]
async fn with_a_token_people_log_in_once() {
    let shop = Shop::open("token = \"env:TOKEN\"").await;
    for path in INSIDE {
        let told = shop.get_with(path, TYPED).await;
        if path.starts_with("/v1/") {
            assert_eq!((status(&told), told.values("www-authenticate")), (401, vec!["Bearer"]), "{path}");
        } else {
            let to = path.replace('/', "%2F");
            assert_eq!(
                (status(&told), told.values("location")),
                (303, vec![format!("/login?to={to}").as_str()]),
                "{path}"
            );
        }
    }
    let form = shop.get_with("/login?to=%2Fexceptions%3Fowner%3Derp_it", TYPED).await;
    assert!(
        form.text().contains(r#"<input type="hidden" name="to" value="/exceptions?owner=erp_it">"#),
        "{}",
        form.text()
    );
    let wrong = shop.world.admin("/login", FORM, "token=guess&to=%2F").await;
    assert_eq!((status(&wrong), wrong.values("set-cookie").len()), (403, 0));
    assert!(wrong.text().contains("That is not the token."));
    let strange = shop.world.admin("/login", &format!("{FORM}Origin: https://evil.example\r\n"), "token=s3cr3t").await;
    assert_eq!((status(&strange), strange.values("set-cookie").len()), (403, 0));

    let told = shop.world.admin("/login", FORM, "token=s3cr3t&to=%2Fexceptions%3Fowner%3Derp_it").await;
    assert_eq!((status(&told), told.values("location")), (303, vec!["/exceptions?owner=erp_it"]));
    let cookie = told.values("set-cookie")[0].to_owned();
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    for path in INSIDE.iter().filter(|path| **path != "/v1/events" && **path != "/orders/1001") {
        let looked = shop.get_with(path, &format!("{TYPED}Cookie: other=1; {session}\r\n")).await;
        assert!([200, 503].contains(&status(&looked)), "{path} {}", looked.head);
    }
    // The token itself does as well, for machines.
    let bearer = shop.get_with("/v1/orders?rows=1", "Authorization: Bearer s3cr3t\r\n").await;
    assert!([200, 503].contains(&status(&bearer)), "{}", bearer.head);

    let (ends, signed) = session.strip_prefix("paritee=").unwrap().split_once('.').unwrap();
    let later = ends.parse::<i64>().unwrap() + 1;
    for forged in [
        format!("{later}.{signed}"),
        format!("{ends}.{}", "0".repeat(64)),
        format!("{ends}."),
        String::new(),
        "x.y".to_owned(),
    ] {
        let told = shop.get_with("/v1/orders", &format!("Cookie: paritee={forged}\r\n")).await;
        assert_eq!(status(&told), 401, "{forged}");
    }
    // A session is no leave for pages of other sites.
    let strange = format!("Content-Type: application/json\r\nCookie: {session}\r\nOrigin: https://evil.example\r\n");
    for path in ["/v1/shadow/pause", "/v1/notes"] {
        assert_eq!(status(&shop.world.admin(path, &strange, "{}").await), 403, "{path}");
    }
    let own = format!("Content-Type: application/json\r\nCookie: {session}\r\n");
    assert_eq!(status(&shop.world.admin("/v1/shadow/pause", &own, r#"{"by":"Mia","why":"a look"}"#).await), 200);
    assert!(shop.world.sidecar.pace().is_paused());
    let left = shop.world.admin("/logout", &format!("{FORM}Cookie: {session}\r\n"), "").await;
    assert!(left.values("set-cookie")[0].starts_with("paritee=; Path=/; Max-Age=0;"));
    shop.world.stop().await;
}

#[tokio::test]
async fn a_link_may_lead_here_and_a_script_of_another_site_may_not() {
    let shop = Shop::open("").await;
    assert_eq!(status(&shop.get_with("/", TYPED).await), 200);
    assert!([200, 503].contains(&status(&shop.get_with("/exceptions", LINKED).await)), "judged or not");
    for headers in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Mode: navigate\r\nOrigin: https://evil.example\r\n",
        "Host: evil.example\r\n",
    ] {
        for path in INSIDE.iter().filter(|path| **path != "/v1/events") {
            assert_eq!(status(&shop.get_with(path, headers).await), 403, "{path} {headers}");
        }
    }
    shop.world.stop().await;
}

#[tokio::test]
async fn every_page_says_what_it_may_do() {
    let shop = Shop::open("").await;
    for path in ["/", "/exceptions", "/orders", "/signals", "/orders/nobody", "/login"] {
        let page = shop.get(path).await;
        if status(&page) == 303 {
            continue;
        }
        let policy = page.values("content-security-policy")[0].to_owned();
        for part in
            ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{path} {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.values("x-content-type-options"), ["nosniff"]);
        assert_eq!(page.values("cache-control"), ["no-store"]);
        for inline in ["style=\"", " onclick", "<style", "javascript:", "http://", "https://"] {
            let text = page.text().replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains(inline), "{path} holds {inline}");
        }
    }
    for (path, media_type) in
        [("/dashboard.css", "text/css"), ("/dashboard.js", "text/javascript"), ("/favicon.svg", "image/svg+xml")]
    {
        let asset = shop.get(path).await;
        assert_eq!(status(&asset), 200);
        assert!(asset.values("content-type")[0].starts_with(media_type), "{path}");
        assert!(!asset.text().contains("http://") || path == "/favicon.svg", "{path} asks nobody else");
    }
    shop.world.stop().await;
}
