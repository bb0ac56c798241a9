//! Guessing: it is the guesser who waits, never the owner.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use harness::{Reply, Rig, each_engine};
use web::{House, Plan};

use crate::world::{MODULES, PASSWORD, identify, settle};

async fn try_from(rig: &Rig, address: &str, password: &str) -> Reply {
    try_through(rig, address, None, password).await
}

/// With the line that a proxy, or the caller, says they come from.
async fn try_through(rig: &Rig, address: &str, line: Option<&str>, password: &str) -> Reply {
    let mut headers = vec![
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://lianhu.test"),
    ];
    headers.extend(line.map(|line| ("x-forwarded-for", line)));
    let body = Body::from(format!("name=wangchunmei&password={password}"));
    let mut request = harness::request("POST", "/sign-in", "", &headers, body);
    let address: SocketAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    rig.send(request).await
}

#[test]
fn a_guesser_is_held_back_and_the_owner_is_not() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        for _ in 0..5 {
            try_from(&rig, "192.0.2.1:1000", "wrong").await.expect(422);
        }
        let held = try_from(&rig, "192.0.2.1:2000", "wrong").await.expect(429);
        let wait: u64 = held.header("retry-after").parse().unwrap();
        assert!((1..=61).contains(&wait), "{wait}");
        let page = held.text();
        assert!(page.contains(&format!("请等 {wait} 秒再试")), "{page}");
        assert!(page.contains("id=\"session.open.password\""), "the form is still there: {page}");
        try_from(&rig, "192.0.2.1:3000", PASSWORD).await.expect(429);
        try_from(&rig, "198.51.100.7:1000", PASSWORD).await.expect(303);
        rig.clock.advance(Duration::from_secs(wait));
        try_from(&rig, "192.0.2.1:4000", PASSWORD).await.expect(303);
    });
}

/// The same program, told that callers come through a proxy.
fn behind_proxy(rig: Rig) -> Rig {
    let house = House::build(Plan {
        modules: MODULES,
        db: rig.db.clone(),
        identify: identify(),
        clock: rig.clock.clone(),
        chance: gate::Chance::system(),
        home: rig.house.app.home_page(),
        behind_proxy: true,
        demo_links: Vec::new(),
        metrics: web::house::silent_metrics(),
    });
    let house = house.unwrap_or_else(|error| panic!("{error}"));
    Rig { house, ..rig }
}

const PROXY: &str = "127.0.0.1:1000";

#[test]
fn behind_a_proxy_its_last_word_tells_callers_apart() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let rig = behind_proxy(rig);
        for number in 0..5 {
            // What the guesser sends along comes first and counts for nothing.
            let line = format!("203.0.113.{number}, 192.0.2.1");
            try_through(&rig, PROXY, Some(&line), "wrong").await.expect(422);
        }
        try_through(&rig, PROXY, Some("203.0.113.99, 192.0.2.1"), "wrong").await.expect(429);
        try_through(&rig, PROXY, Some("198.51.100.7"), PASSWORD).await.expect(303);
        // Without the proxy's word the peer counts, as everywhere.
        try_through(&rig, PROXY, None, PASSWORD).await.expect(303);
    });
}

#[test]
fn without_a_proxy_nobody_is_believed_about_their_address() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        for number in 0..5 {
            let line = format!("203.0.113.{number}");
            try_through(&rig, "192.0.2.1:1000", Some(&line), "wrong").await.expect(422);
        }
        let line = Some("203.0.113.99");
        try_through(&rig, "192.0.2.1:1000", line, PASSWORD).await.expect(429);
    });
}
