//! The dashboard in a real browser, beside orders that come in: facts appear without a reload, and what people do there works.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::{HOSTILE, Shop};
use crate::support::browser::{self, Browser, NARROW, WIDE};
use crate::support::soon;

/// Where pictures are kept, to be looked at; nowhere unless it is set.
const PICTURES: &str = "PARITEE_PICTURES";

/// What is wrong with a page for who uses a keyboard or a screen reader: fields and buttons without a name, headings and
/// landmarks that lack, what is wider than the page.
const AT_FAULT: &str = "
    const faults = [];
    const named = (one) => one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim() || one.title;
    for (const one of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], summary'))
        if (!named(one)) faults.push('without a name: ' + one.outerHTML.slice(0, 120));
    for (const one of document.querySelectorAll('[id]'))
        if (document.querySelectorAll('#' + CSS.escape(one.id)).length > 1) faults.push('twice: #' + one.id);
    for (const what of ['main', 'h1', 'header', 'nav', 'title'])
        if (!document.querySelector(what)) faults.push('no ' + what);
    for (const one of document.querySelectorAll('[aria-labelledby]'))
        if (!one.getAttribute('aria-labelledby').split(/\\s+/).every((id) => document.getElementById(id))) faults.push('labelled by nothing: ' + one.outerHTML.slice(0, 80));
    for (const one of document.querySelectorAll('table'))
        if (!one.querySelector('th')) faults.push('a table without headings');
    if (document.documentElement.lang !== 'en') faults.push('no language');
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) faults.push('wider than the page by ' + wide + ' px');
    return faults;";

/// The least contrast of any text with its ground, as WCAG reckons it (relative luminance), where it is less than it should be.
const TOO_PALE: &str = "
    const parse = (text) => { const all = text.match(/[\\d.]+/g).map(Number); return { r: all[0], g: all[1], b: all[2], a: all.length > 3 ? all[3] : 1 }; };
    const light = ({ r, g, b }) => { const part = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
    const ground = (one) => { for (; one; one = one.parentElement) { const colour = parse(getComputedStyle(one).backgroundColor); if (colour.a > 0.99) return colour; }
        return { r: 255, g: 255, b: 255 }; };
    const pale = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = walker.nextNode());) {
        const one = text.parentElement;
        if (!text.data.trim() || !one.offsetParent || one.closest('svg')) continue;
        const style = getComputedStyle(one);
        const [a, b] = [light(parse(style.color)), light(ground(one))].sort((x, y) => y - x);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
        const contrast = (a + 0.05) / (b + 0.05);
        if (contrast < (large ? 3 : 4.5)) pale.push(text.data.trim().slice(0, 40) + ': ' + contrast.toFixed(2));
    }
    return [...new Set(pale)];";

impl Shop {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.world.sidecar.admin_addr().unwrap())
    }
}

async fn keep(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os(PICTURES).map(PathBuf::from) {
        fs::write(folder.join(format!("{name}.png")), browser.screenshot().await).unwrap();
    }
}

#[tokio::test]
async fn facts_appear_by_themselves_and_people_act_on_them() {
    if !browser::available("facts_appear_by_themselves_and_people_act_on_them") {
        return;
    }
    let shop = Shop::open("").await;
    shop.order("1001").await;
    let browser = Browser::open(WIDE).await;
    browser.go(&shop.url("/")).await;
    browser.wait("#connection", "live").await;
    browser.run("window.stays = true", json!([])).await;
    shop.order("lost-1").await;
    browser.wait("#verdict", "NO-GO").await;
    browser.wait("#owners", "1\nERP/IT").await;
    assert_eq!(browser.run("return window.stays", json!([])).await, true, "nothing was loaded anew");

    // The way of customer service: the number as the customer has it.
    browser.find("#find").await.type_in("#lost-1\u{E007}").await;
    browser.wait("h1", "Order lost-1").await;
    assert_eq!(browser.run("return location.pathname", json!([])).await, "/orders/lost-1");
    browser.wait(".tell", "To tell the customer: Your order is in our system under the number L-lost-1").await;

    // The way of operations: what is lost, seen by somebody, who says so.
    shop.order(HOSTILE).await;
    shop.order("twice-1").await;
    browser.go(&shop.url("/exceptions")).await;
    browser.wait("#list", "2 exceptions").await;
    let choose = "const one = document.querySelector('select[name=fate]'); one.value = arguments[0]; one.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.run("window.before = true", json!([])).await;
    browser.run(choose, json!(["lost"])).await;
    browser.wait("#list", "1 exception.").await;
    browser.wait("#list", "lost-1").await;
    browser.find("#list summary").await.click().await;
    browser.find("#list input[name=by]").await.type_in("Mia").await;
    browser.find("#list textarea").await.type_in("Entered by hand as 4711").await;
    // While somebody writes, nothing is taken away from them.
    shop.order("lost-2").await;
    shop.until("/v1/exceptions", |value| value["count"] == 3).await;
    assert_eq!(
        browser.run("return document.querySelector('#list textarea').value", json!([])).await,
        "Entered by hand as 4711"
    );
    browser.find("#list form.act button").await.click().await;
    browser.wait("#list", "Mia, ").await;
    browser.wait("#list", "Entered by hand as 4711").await;
    browser.wait("#list", "2 exceptions").await;
    browser.run("document.querySelector('select[name=show]').value = 'open'; document.querySelector('form.filter').requestSubmit()", json!([])).await;
    browser.wait("#list", "1 exception.").await;
    browser.wait("#list", "lost-2").await;

    // The kill switch, with who and why.
    browser.go(&shop.url("/")).await;
    browser.run("window.confirm = () => true", json!([])).await;
    // Who has said their name once need not write it again.
    let name = browser.run("return document.querySelector('#controls input[name=by]').value", json!([])).await;
    assert_eq!(name, "Mia");
    browser.find("#controls input[name=why]").await.type_in("the sandbox sends mail").await;
    browser.find("#controls button").await.click().await;
    browser.wait("#controls", "Resume the shadow").await;
    assert!(shop.world.sidecar.pace().is_paused());
    let acts = shop
        .world
        .until("the pause on record", |reader| Some(reader.acts(None).unwrap()).filter(|acts| acts.len() == 1))
        .await;
    assert_eq!(
        (acts[0].detail.by.as_deref(), acts[0].detail.why.as_deref()),
        (Some("Mia (admin port)"), Some("the sandbox sends mail"))
    );
    assert_eq!(browser.errors().await, Vec::<String>::new());
    shop.world.stop().await;
    browser.wait("#connection", "not connected since").await;
}

/// A click is a press and a release on the same thing.
#[tokio::test]
async fn what_is_pressed_stays_until_it_is_released() {
    if !browser::available("what_is_pressed_stays_until_it_is_released") {
        return;
    }
    let shop = Shop::open("").await;
    shop.order("1001").await;
    let browser = Browser::open(WIDE).await;
    browser.go(&shop.url("/")).await;
    browser.wait("#connection", "live").await;
    let press = "window.under = document.querySelector('#verdict').firstElementChild;
        const ask = window.fetch; window.asked = 0;
        window.fetch = (...all) => ask(...all).then((answer) => { window.asked += 1; return answer; });
        document.dispatchEvent(new PointerEvent('pointerdown', { button: 0 }));";
    browser.run(press, json!([])).await;
    shop.order("lost-1").await;
    shop.until("/v1/exceptions", |value| value["count"] == 1).await;
    // Each is asked for when the one before has been dealt with.
    let before = browser.run("return window.asked", json!([])).await.as_u64().unwrap();
    soon("the page to be asked for again", async {
        while browser.run("return window.asked", json!([])).await.as_u64() < Some(before + 3) {}
    })
    .await;
    assert_eq!(browser.run("return window.under.isConnected", json!([])).await, true);
    browser.run("document.dispatchEvent(new PointerEvent('pointerup'))", json!([])).await;
    browser.wait("#verdict", "NO-GO").await;
    assert_eq!(browser.run("return window.under.isConnected", json!([])).await, false);
    shop.world.stop().await;
}

/// The clock of whoever looks may be off by an hour.
#[tokio::test]
async fn deadlines_are_counted_by_the_sidecars_clock() {
    if !browser::available("deadlines_are_counted_by_the_sidecars_clock") {
        return;
    }
    let shop = Shop::open("").await;
    shop.order("1001").await;
    let browser = Browser::open(WIDE).await;
    browser.go(&shop.url("/")).await;
    browser.wait("#connection", "live").await;
    let off = "const now = Date.now; Date.now = () => now() + 3600000;
        document.body.insertAdjacentHTML('beforeend', `<time id=\"due\" data-due=\"${now() + 600000}\"></time>`);";
    browser.run(off, json!([])).await;
    // With what comes next the page is told what time it is.
    shop.order("1002").await;
    browser.wait("#due", "9 m").await;
    browser.wait("#due", "left").await;
    shop.world.stop().await;
}

#[tokio::test]
async fn every_page_is_whole_narrow_and_wide_dark_and_light() {
    if !browser::available("every_page_is_whole_narrow_and_wide_dark_and_light") {
        return;
    }
    let shop = Shop::with_faults().await;
    shop.order(&format!("lost-{HOSTILE}")).await;
    shop.order(&format!("lost-{}", "long".repeat(40))).await;
    shop.until("/v1/exceptions", |value| value["count"] == 4).await;
    let browser = Browser::open(WIDE).await;
    let pages = [
        ("overview", "/"),
        ("exceptions", "/exceptions"),
        ("orders", "/orders"),
        ("order", "/orders/twice-1"),
        ("hostile", "/orders/lost-%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E"),
        ("signals", "/signals"),
        ("nobody", "/orders/nobody"),
    ];
    for width in [WIDE, NARROW] {
        browser.resize(width).await;
        for (name, path) in pages {
            browser.go(&shop.url(path)).await;
            browser.wait("#connection", "live").await;
            let faults = browser.run(AT_FAULT, json!([])).await;
            assert_eq!(faults, json!([]), "{name} at {width}");
            for scheme in ["light", "dark"] {
                browser.scheme(scheme).await;
                assert_eq!(browser.run(TOO_PALE, json!([])).await, json!([]), "{name} in {scheme}");
                keep(&browser, &format!("{name}-{width}-{scheme}")).await;
            }
            browser.scheme("light").await;
            assert_eq!(
                browser.run("return document.images.length", json!([])).await,
                0,
                "{name}: hostile text stays text"
            );
        }
    }
    // A page that isn't there is told to the console as well, by the browser itself.
    let errors: Vec<String> =
        browser.errors().await.into_iter().filter(|error| !error.contains("/orders/nobody")).collect();
    assert_eq!(errors, Vec::<String>::new());
    let asked = browser
        .run("return performance.getEntriesByType('resource').map((one) => new URL(one.name).host)", json!([]))
        .await;
    let own = shop.world.sidecar.admin_addr().unwrap().to_string();
    assert!(asked.as_array().unwrap().iter().all(|host| *host == own.as_str()), "nobody else is asked: {asked}");
    shop.world.stop().await;
}

#[tokio::test]
async fn people_log_in_in_a_browser() {
    if !browser::available("people_log_in_in_a_browser") {
        return;
    }
    let shop = Shop::open("token = \"env:TOKEN\"").await;
    shop.order("1001").await;
    let browser = Browser::open(NARROW).await;
    browser.go(&shop.url("/exceptions?owner=erp_it")).await;
    browser.wait("h1", "paritee").await;
    browser.find("#token").await.type_in("guess\u{E007}").await;
    browser.wait("#wrong", "That is not the token").await;
    browser.find("#token").await.type_in("s3cr3t\u{E007}").await;
    browser.wait("h1", "Exceptions").await;
    assert_eq!(browser.run("return location.pathname + location.search", json!([])).await, "/exceptions?owner=erp_it");
    browser.wait("#connection", "live").await;
    browser.find(".leave button").await.click().await;
    browser.wait("h1", "paritee").await;
    assert_eq!(browser.run("return document.cookie", json!([])).await, "", "no script sees the session");
    shop.world.stop().await;
}
