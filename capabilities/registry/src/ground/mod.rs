//! The ground (台账里的地): compounds, buildings, stairwells and doors by hand and as a picture that we
//! draw ourselves, without anybody's maps. `names.rs` and `picture.rs` are its rules, pure.

mod actions;
mod names;
mod picture;
mod views;

use axum::http::StatusCode;
use web::Routes;

pub(crate) use names::{Nicknamed, official};

use actions::{
    BuildingAdd, BuildingChange, CompoundAdd, CompoundChange, StairwellAdd, StairwellRename,
};
use views::{BuildingRead, CompoundList, CompoundRead};

pub(crate) fn routes(routes: &mut Routes) {
    routes.page::<CompoundList>("/compounds");
    routes.page::<CompoundRead>("/compounds/{compound}");
    routes.page::<BuildingRead>("/buildings/{building}");
    routes.act::<CompoundAdd>("/compounds", StatusCode::CREATED);
    routes.form::<CompoundAdd, CompoundList>("/compounds", |done| {
        format!("/compounds/{}", done.compound)
    });
    let path = "/compounds/{compound}/change";
    routes.act::<CompoundChange>(path, StatusCode::OK);
    routes
        .form::<CompoundChange, CompoundRead>(path, |done| format!("/compounds/{}", done.compound));
    let path = "/compounds/{compound}/buildings";
    routes.act::<BuildingAdd>(path, StatusCode::CREATED);
    routes.form::<BuildingAdd, CompoundRead>(path, |done| format!("/buildings/{}", done.building));
    let path = "/buildings/{building}/change";
    routes.act::<BuildingChange>(path, StatusCode::OK);
    routes
        .form::<BuildingChange, BuildingRead>(path, |done| format!("/buildings/{}", done.building));
    let path = "/buildings/{building}/stairwells";
    routes.act::<StairwellAdd>(path, StatusCode::CREATED);
    routes.form::<StairwellAdd, BuildingRead>(path, |done| format!("/buildings/{}", done.building));
    let path = "/buildings/{building}/stairwells/{stairwell}/name";
    routes.act::<StairwellRename>(path, StatusCode::OK);
    routes.form::<StairwellRename, BuildingRead>(path, |done| {
        format!("/buildings/{}", done.building)
    });
}
