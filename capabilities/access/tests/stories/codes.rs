//! Query codes: whoever holds the slip is the petitioner of one thing and nothing else.

use access::{codes, seed};
use gate::{Credential, Origin, Refusal};
use harness::{Rig, each_engine};
use serde_json::json;

use crate::world::{MODULES, clerk, community, id, identify, secret, settle};

async fn clerks_token(rig: &Rig) -> String {
    let now = rig.now();
    let give = move |tx: &mut db::Tx<'_>| seed::token(tx, clerk(), &secret(60), "cli", now);
    rig.db.write(give).await.unwrap();
    secret(60).reveal()
}

fn held(text: &str) -> Credential {
    let (short_key, hash) = codes::parse(text).unwrap();
    assert_eq!(short_key, 1);
    Credential::Code { community: community(), hash }
}

#[test]
fn a_slip_makes_a_petitioner_of_one_thing() {
    each_engine(MODULES, identify, |rig| async move {
        settle(&rig).await;
        let token = clerks_token(&rig).await;
        let slip = json!({"object": id(5)});
        let code = rig.post_keyed(&token, "/api/slips", slip.clone(), Some("k")).await;
        let code = code.expect(201).json().as_str().unwrap().to_owned();
        let again = rig.post_keyed(&token, "/api/slips", slip.clone(), Some("k")).await;
        assert_eq!(again.expect(201).json().as_str(), Some(&*code));
        let actor = rig.gate().identify(held(&code.to_lowercase())).await.unwrap();
        assert_eq!((actor.origin, actor.roles), (Origin::Code(id(5)), vec!["petitioner"]));

        let wrong = rig.gate().identify(held("1-00000-00000")).await;
        assert!(matches!(wrong, Err(Refusal::NotFound)));
        let Credential::Code { hash, .. } = held(&code) else { unreachable!("it is a code") };
        let elsewhere = kernel::CommunityId::from_uuid(id(0xC1));
        let foreign = rig.gate().identify(Credential::Code { community: elsewhere, hash }).await;
        assert!(matches!(foreign, Err(Refusal::NotFound)));

        rig.post(&token, "/api/slips/revocation", slip).await.expect(200);
        let lost = rig.gate().identify(held(&code)).await;
        assert!(matches!(lost, Err(Refusal::NotFound)));
    });
}
