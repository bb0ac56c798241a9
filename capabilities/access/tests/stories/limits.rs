//! Guessing: it is the guesser who waits, never the owner.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use harness::{Reply, Rig, each_engine};

use crate::world::{MODULES, PASSWORD, identify, settle};

async fn try_from(rig: &Rig, address: &str, password: &str) -> Reply {
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://lianhu.test")];
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
        for _ in 0..10 {
            try_from(&rig, "192.0.2.1:1000", "wrong").await.expect(422);
        }
        let held = try_from(&rig, "192.0.2.1:2000", "wrong").await.expect(429);
        let wait: u64 = held.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        try_from(&rig, "192.0.2.1:3000", PASSWORD).await.expect(429);
        try_from(&rig, "198.51.100.7:1000", PASSWORD).await.expect(303);
        rig.clock.advance(Duration::from_secs(wait));
        try_from(&rig, "192.0.2.1:4000", PASSWORD).await.expect(303);
    });
}
